# SPDX-License-Identifier: BSD-2-Clause
# import: writable
# Gang blocks of encrypted datasets: data, dnodes and what is only authenticated, one copy and two.
mkdir -p /tmp/keys
echo 00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210 >/tmp/keys/hex
printf 'thirty-two bytes of a raw key \000\377' >/tmp/keys/raw
zpool create -R /mnt/tank -O atime=off $pool $disk
zfs create -o compression=lz4 -o encryption=aes-256-gcm -o keyformat=hex -o keylocation=file:///tmp/keys/hex $pool/gcm
zfs create -o compression=off -o copies=2 -o encryption=aes-128-ccm -o keyformat=raw \
	-o keylocation=file:///tmp/keys/raw $pool/ccm
p=/sys/module/zfs/parameters
echo 2048 >$p/metaslab_force_ganging
[ ! -e $p/metaslab_force_ganging_pct ] || echo 100 >$p/metaslab_force_ganging_pct
for d in gcm ccm; do
	cd /mnt/tank/$pool/$d
	treetool fill random random 1 9000
	numbers numbers 20000
	treetool many . 20 entry-
	treetool bigxattr numbers user.large 1 3000
	ln -s "$(seq -s / 1 100)" long-symlink
	zpool sync $pool
	cd /
done
echo 16777217 >$p/metaslab_force_ganging
wipe_free
prove() { fact "an encrypted gang block" " encrypted .*gang " blocks $pool/gcm; }
