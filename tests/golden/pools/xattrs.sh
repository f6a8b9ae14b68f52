# SPDX-License-Identifier: BSD-2-Clause
# Extended attributes in every place: system attributes, a spill block, a directory; POSIX ACLs.
zpool create -R /mnt/tank -O xattr=sa -O acltype=posix $pool $disk
zfs create -o dnodesize=auto $pool/auto
zfs create -o dnodesize=8k $pool/d8k
zfs create -o xattr=dir -o acltype=posix $pool/dir
for d in . auto d8k dir; do
	cd /mnt/tank/$pool/$d
	echo x >none
	echo x >one
	treetool xattr one user.name 76616c7565
	treetool xattr one user.empty ""
	echo x >some
	for n in 1 2 3 4 5 6 7 8 9; do treetool bigxattr some user.number-$n $n $((n * 20)); done
	echo x >spill
	treetool bigxattr spill user.a 1 3000
	treetool bigxattr spill user.b 2 20000
	echo x >big
	treetool bigxattr big user.big 3 65000
	echo x >capable
	treetool xattr capable security.capability 0100000200200000000000000000000000000000
	treetool xattr one trusted.overlay.opaque 79
	mkdir acl
	echo x >acl/file
	acl=02000000010006000000000002000400e803000004000400ffffffff10000600ffffffff20000000ffffffff
	treetool xattr acl/file system.posix_acl_access $acl
	treetool xattr acl system.posix_acl_default $acl
	echo x >acl/heir
	ln -s one link
	treetool xattr link trusted.on-a-link 01
	cd /
done
# A file that has attributes in both places.
zfs set xattr=dir $pool
echo x >/mnt/tank/$pool/both
treetool xattr /mnt/tank/$pool/both user.in-dir 64
zfs set xattr=sa $pool
treetool xattr /mnt/tank/$pool/both user.in-sa 73
treetool xattr /mnt/tank/$pool/one user.later 6c
prove() { fact "a spill block" "SPILL_BLKPTR" blocks $pool; }
