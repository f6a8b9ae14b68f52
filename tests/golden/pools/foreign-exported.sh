# SPDX-License-Identifier: BSD-2-Clause
# leave: exported
# pool: zlive
# Another machine's pool of the name that sticks have, with what looks like a system to boot.
echo 3735928559 >/sys/module/spl/parameters/spl_hostid
zpool create -R /mnt/tank -O mountpoint=none $pool $disk
zfs create $pool/ROOT
zfs create -o mountpoint=/ -o canmount=noauto $pool/ROOT/debian
zfs mount $pool/ROOT/debian
mkdir -p /mnt/tank/boot /mnt/tank/etc
echo 'the wrong kernel' >/mnt/tank/boot/vmlinuz-99
echo 'the wrong ramdisk' >/mnt/tank/boot/initrd.img-99
echo the wrong pool >/mnt/tank/etc/hostname
zfs create -o mountpoint=/home $pool/home
zpool set bootfs=$pool/ROOT/debian $pool
