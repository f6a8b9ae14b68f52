# SPDX-License-Identifier: BSD-2-Clause
# Runs in the big-endian machine of make-big-endian: one pool on partition 1 of $disk, and what OpenZFS reads
# in it. Of each kind of block that is stored in the byte order of its machine there is one.
pool=tank
out=/tmp/out
numbers() { # FILE BYTES
	seq 1 $(($2 / 2)) | head -c "$2" >"$1"
}

zpool create -o ashift=9 -R /mnt/tank -O atime=off -O xattr=sa -O acltype=posix $pool ${disk}1
cd /mnt/tank/$pool
mkdir -p dir/sub
for n in 1 2 3 4 5 6 7 8; do numbers dir/f$n $((n * 7777)); done
treetool fill text text 1 200000
treetool fill random random 2 30000
yes zlive | head -c 2000 >embedded
yes zlive | head -c 100 >tiny
truncate -s 3M holes
treetool fill holes text 4 10000 2000000
treetool many dir/sub 30 e-
treetool many dir 900 a-name-that-is-too-long-for-a-micro-zap-as-its-limit-is-50-
ln -s text link
ln -s "$(printf 'x%.0s' $(seq 300))" long-link
ln text hard
mknod null c 1 3
mkfifo fifo
treetool time text 1234567890 123456789
zfs create -o dnodesize=auto $pool/auto
zfs create -o xattr=dir $pool/xdir
for d in . auto xdir; do
	cd /mnt/tank/$pool/$d
	echo x >one
	treetool xattr one user.name 76616c7565
	echo x >spill
	treetool bigxattr spill user.a 1 3000
	treetool bigxattr spill user.b 2 20000
	mkdir acl
	echo x >acl/file
	acl=02000000010006000000000002000400e803000004000400ffffffff10000600ffffffff20000000ffffffff
	treetool xattr acl/file system.posix_acl_access $acl
	treetool xattr acl system.posix_acl_default $acl
	echo x >acl/heir
done
cd /mnt/tank/$pool
# Attributes in the znode itself, as before version 5, and what OpenZFS makes of them later.
for v in 1 3 4; do
	zfs create -o version=$v $pool/v$v
	(cd v$v && mkdir d && echo x >d/f && chmod 4711 d/f && ln -s d/f l && treetool many d 20 n-)
done
zfs create -o version=4 $pool/upgraded
echo x >upgraded/old
zfs set version=5 $pool/upgraded || zfs upgrade $pool/upgraded
echo x >upgraded/new
chmod 600 upgraded/old
for codec in off lzjb lz4 zle gzip-6 zstd-3; do
	zfs create -o compression=$codec $pool/$codec
	numbers $codec/numbers 150000
done
for sum in fletcher2 fletcher4 sha256 sha512 skein; do
	zfs create -o checksum=$sum $pool/$sum
	numbers $sum/numbers 150000
done
zfs create -o recordsize=1M $pool/large
treetool fill large/text text 7 1500000
zfs create -o copies=2 $pool/copies
numbers copies/numbers 30000
zfs create -o casesensitivity=mixed -o normalization=formD $pool/mixed
echo x >mixed/Name
echo "big endian" >/tmp/key
cp /tmp/key $out/key
zfs create -o encryption=aes-256-gcm -o keyformat=passphrase -o keylocation=file:///tmp/key $pool/secret
numbers secret/numbers 50000
zfs create -V 4M -o volblocksize=8k $pool/volume
for i in 1 2 3 4 5; do [ -b /dev/zd0 ] || sleep 1; done
seq 1 400000 | head -c 2097152 | dd of=/dev/zd0 bs=64k seek=8 conv=fsync
zpool sync $pool
echo 2048 >/sys/module/zfs/parameters/metaslab_force_ganging
numbers gang 100000
zpool sync $pool
echo 16777217 >/sys/module/zfs/parameters/metaslab_force_ganging
zfs snapshot -r $pool@before
rm -r dir/sub text
echo changed >changed
zfs clone $pool/auto@before $pool/clone
echo new >clone/new
zfs set org.zlive:words="some words" $pool/auto
zpool set bootfs=$pool/auto $pool
cd /
zpool sync $pool
zfs unmount -a
zpool export $pool

zpool import -d ${disk}1 -o readonly=on -N -R /mnt/tank $pool
zfs load-key -a
zpool get -Hp -o property,value all $pool >$out/pool
zfs get -Hp -o name,property,value,source all >$out/properties
n=0
mkdir -p /mnt/ro
zfs list -Hp -t filesystem,snapshot -o name | while read -r name; do
	if mount -t zfs -o ro,zfsutil "$name" /mnt/ro 2>/dev/null || mount -t zfs -o ro "$name" /mnt/ro; then
		treetool manifest /mnt/ro >$out/$n.manifest
		umount /mnt/ro
		echo "$n $name" >>$out/index
	fi
	n=$((n + 1))
done
for i in 1 2 3 4 5; do [ -b /dev/zd0 ] || sleep 1; done
printf '%s\t%s\t%s\n' "$pool/volume" $(blockdev --getsize64 /dev/zd0) \
	$(sha256sum </dev/zd0 | cut -c 1-64) >$out/volumes
zpool export $pool
zdb -e -p ${disk}1 -C $pool >$out/config
od -A d -t x1 -N 8 -j $((1048576 + 131072 + 4 * 1024)) $disk >$out/facts
zdb -e -p ${disk}1 -bcc $pool >$out/zdb 2>&1
