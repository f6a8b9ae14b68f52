# SPDX-License-Identifier: BSD-2-Clause
# Blocks in pieces: gang blocks of data and of metadata, nested ones, and several copies of them.
zpool create -R /mnt/tank -O compression=off -O atime=off $pool $disk
zfs create -o copies=2 $pool/two
zfs create -o compression=lz4 $pool/lz4
zfs create -o recordsize=1M $pool/large
zfs create -o recordsize=4k $pool/small
p=/sys/module/zfs/parameters
echo 2048 >$p/metaslab_force_ganging
[ ! -e $p/metaslab_force_ganging_pct ] || echo 100 >$p/metaslab_force_ganging_pct
for d in . two lz4 large small; do
	cd /mnt/tank/$pool/$d
	treetool fill text text 1 200000
	treetool fill random random 2 20000
	treetool many . 200 entry-
	zpool sync $pool
	cd /
done
numbers /mnt/tank/$pool/small/numbers 400000
zpool sync $pool
echo 16777217 >$p/metaslab_force_ganging
prove() {
	fact "a gang block" " gang " blocks $pool/small
	[ $openzfs != 2.1 ] || return 0 # it gangs a few blocks by chance, and no part of those again
	dva=$(blocks $pool/large | grep ' gang ' | grep -o -m1 'DVA\[0\]=<[0-9a-f:]*' | cut -d'<' -f2)
	fact "a gang block of gang blocks" " gang " z -R $pool $dva:g
}
