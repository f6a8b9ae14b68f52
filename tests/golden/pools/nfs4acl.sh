# SPDX-License-Identifier: BSD-2-Clause
# modules: setacl
# seconds: 240
# NFSv4 ACLs that say more than a mode, in file systems of each version: in an old znode, in an
# object of their own, in system attributes, in a spill block. A module sets them, for no program can.
zpool create -R /mnt/tank $pool $disk
owner=0,0x1601bf,0x1000,0
group=0,0x1200a9,0x2040,0
everyone=0,0x120089,0x4000,0

# FILE [WHO,MASK,FLAGS,TYPE]...
setacl() {
	file=$1
	shift
	insmod "$job/setacl.ko" "path=$file" ${1:+aces=$(echo "$*" | tr ' ' ,)}
	rmmod setacl
}

make_acls() {
	for f in mode user many all deny; do echo $f >$1/$f; done
	mkdir $1/dir
	setacl $1/user 1000,0x21,0,0 $owner $group $everyone
	many=
	for n in $(seq 1 50); do many="$many $((1000 + n)),$((n * 2 - 1)),$((n % 2 * 64)),$((n % 3 / 2))"; done
	setacl $1/many $many $owner $group $everyone
	setacl $1/all 2000000000,0x1f01ff,0x40,0 7,0x10000,0x80,0 $owner $group $everyone
	setacl $1/deny 8,0x1,0,1 9,0x2,0x50,2 10,0x4,0x20,3 0,0x2,0x4030,2 0,0x10020,0x4000,1 $owner
	setacl $1/dir 11,0x1200a9,0x1,0 12,0x1f,0x42,0 13,0x1,0xb,1 14,0x2,0x7,0 $owner $group $everyone
	echo heir >$1/dir/heir
	mkdir $1/dir/sub
}

for version in 1 2 3 4 5; do
	zfs create -o version=$version -o aclinherit=passthrough $pool/v$version
	make_acls /mnt/tank/$pool/v$version
done
# Those of the second version, some of which are written again by the fifth.
zfs create -o version=2 $pool/upgraded
make_acls /mnt/tank/$pool/upgraded
zfs upgrade $pool/upgraded
zfs umount $pool/upgraded
zfs mount $pool/upgraded
setacl /mnt/tank/$pool/upgraded/user 1001,0x21,0,0 $owner $group $everyone
chmod 604 /mnt/tank/$pool/upgraded/deny
# Entries of directory services, with two GUIDs behind them.
zfs create $pool/objects
echo object >/mnt/tank/$pool/objects/object
setacl /mnt/tank/$pool/objects/object 20,0x1,0,5 21,0x2,0,6 22,0x4,0,0 $owner $group $everyone

witness() {
	mkdir -p /mnt/ro
	for d in v1 v2 v3 v4 v5 upgraded objects; do
		mount -t zfs -o ro,zfsutil $pool/$d /mnt/ro
		for f in $(cd /mnt/ro && find . | cut -c 3-); do
			dmesg -c >/dev/null
			setacl /mnt/ro/$f
			dmesg | sed -n "s,.*setacl /mnt/ro/[^ ]*,acl $pool/$d:/$f,p" >>$out/facts
		done
		umount /mnt/ro
	done
}
prove() { fact "an ACL in an object of its own" "ZFS V0 ACL" blocks $pool/v2; }
