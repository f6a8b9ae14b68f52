# SPDX-License-Identifier: BSD-2-Clause
# Snapshots, clones, promoted and destroyed ones, volumes, bookmarks, an encrypted file system.
zpool create -R /mnt/tank -O canmount=off -O org.example:text='some text' $pool $disk
zfs create -o mountpoint=none $pool/ROOT
zfs create -o mountpoint=/ -o canmount=noauto $pool/ROOT/one
zfs mount $pool/ROOT/one
root=/mnt/tank
mkdir $root/boot
treetool fill $root/boot/vmlinuz-1 text 1 100000
echo first >$root/file
zfs snapshot $pool/ROOT/one@first
echo second >$root/file
rm $root/boot/vmlinuz-1
treetool fill $root/boot/vmlinuz-2 text 2 100000
zfs snapshot $pool/ROOT/one@second
zfs bookmark $pool/ROOT/one@second $pool/ROOT/one#mark
zfs hold keep $pool/ROOT/one@second
rm -r $root/boot
zfs unmount $pool/ROOT/one
zfs clone -o mountpoint=/ -o canmount=noauto $pool/ROOT/one@first $pool/ROOT/two
zfs clone -o mountpoint=/ -o canmount=noauto $pool/ROOT/one@second $pool/ROOT/three
zfs mount $pool/ROOT/two
echo two >$root/file
zfs unmount $pool/ROOT/two
zfs mount $pool/ROOT/three
echo three >$root/three
zfs unmount $pool/ROOT/three
zfs promote $pool/ROOT/three
zpool set bootfs=$pool/ROOT/three $pool
zfs set org.zfsbootmenu:commandline='quiet root-arg' $pool/ROOT
zfs set org.zfsbootmenu:commandline='%{parent} loglevel=3' $pool/ROOT/two
zfs create -o mountpoint=/gone $pool/gone
zfs destroy $pool/gone
zfs create -o mountpoint=/home -o quota=20M -o readonly=on -o setuid=off -o devices=off $pool/home
zfs create -V 4M -s $pool/volume
echo secretsecret | zfs create -o encryption=on -o keyformat=passphrase -o mountpoint=/secret $pool/secret
echo hidden >$root/secret/file
zfs rename $pool/ROOT/two $pool/ROOT/deux
zfs snapshot -r $pool@all
i=0
while [ $i -lt 40 ]; do
	zfs create -u -o mountpoint=legacy $pool/ROOT/many-$i
	i=$((i + 1))
done
