#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Makes the pool behind small_pool.bin, with OpenZFS 2.3: run it as root where ZFS is loaded, with
# the path of an image to make. Then: extract IMAGE > small_pool.bin
set -euo pipefail
img=$1
params=/sys/module/zfs/parameters
truncate -s 64M "$img"
zpool create -f -o ashift=9 -O atime=off -O mountpoint=none -O compression=lz4 -O xattr=sa \
	-O acltype=posix -O dnodesize=auto -O org.zfsbootmenu:commandline="quiet ro" small "$img"
zfs create small/ROOT
zfs create -o mountpoint=/t/small -o canmount=noauto small/ROOT/be
zfs mount small/ROOT/be
zpool set bootfs=small/ROOT/be small
cd /t/small
echo hello >file
mkdir -p boot dir/below big
head -c 20000 /dev/urandom >boot/vmlinuz-6.1
seq 20000 >boot/initrd.img-6.1
ln -s file link
ln -s /boot/vmlinuz-6.1 absolute
ln -s loop-b loop-a
ln -s loop-a loop-b
ln -s "$(printf 'x%.0s' $(seq 300))" long-link
ln file hard
setfattr -n user.short -v value file
setfattr -n user.spilled -v "$(printf 'v%.0s' $(seq 900))" boot/vmlinuz-6.1
setfacl -m u:5:r file
mknod null c 1 3
mkfifo fifo
truncate -s 10M sparse
echo end >>sparse
printf 'a%.0s' $(seq 900) >embedded
for i in $(seq 60); do
	echo "$i" >"big/a-name-that-is-too-long-for-a-micro-zap-as-its-limit-is-50-$i"
done
zfs set xattr=dir small/ROOT/be
echo in a directory >dir/below/xattr-dir
setfattr -n user.dir -v "in a hidden directory" dir/below/xattr-dir
zpool sync
echo 4096 >$params/metaslab_force_ganging
echo 100 >$params/metaslab_force_ganging_pct
head -c 20000 /dev/urandom >gang
zpool sync
echo 16777217 >$params/metaslab_force_ganging
zfs snapshot small/ROOT/be@before
echo changed >file
zfs clone small/ROOT/be@before small/ROOT/clone
zfs create -V 1M -s small/vol
printf 'password\n' >/tmp/key
zfs create -o encryption=on -o keyformat=passphrase -o keylocation=file:///tmp/key small/secret
cd /
sha256sum /t/small/{file,boot/*,sparse,embedded,gang} || true
zpool export small
