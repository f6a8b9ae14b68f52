# SPDX-License-Identifier: BSD-2-Clause
# Every version of file systems, one that was upgraded, and snapshots from before that.
zpool create -R /mnt/tank -O xattr=dir $pool $disk
. ./types.sh
for version in 1 2 3 4 5; do
	zfs create -o version=$version $pool/v$version
	make_types /mnt/tank/$pool/v$version
	cd /mnt/tank/$pool/v$version
	treetool xattr hello user.name 76616c7565 || [ $version -lt 3 ]
	treetool bigxattr text user.large 1 30000 || [ $version -lt 3 ]
	cd /
done
zfs create -o version=3 $pool/upgraded
make_content /mnt/tank/$pool/upgraded
zfs snapshot $pool/upgraded@before
zfs upgrade $pool/upgraded
zfs umount $pool/upgraded
zfs mount $pool/upgraded
zfs set xattr=sa $pool/upgraded
treetool time /mnt/tank/$pool/upgraded/text 1234567890 5
treetool bigxattr /mnt/tank/$pool/upgraded/numbers user.large 2 20000
for n in 1 2 3 4; do echo more >>/mnt/tank/$pool/upgraded/dir/f$n; done
echo new >/mnt/tank/$pool/upgraded/new
prove() {
	fact "an old znode" "bonus +ZFS znode|ZFS znode" blocks $pool/v4
	fact "system attributes" "System attributes" blocks $pool/v5
}
