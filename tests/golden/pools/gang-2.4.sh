# SPDX-License-Identifier: BSD-2-Clause
# openzfs: 2.4
# disk: 160M
# Blocks in pieces whose headers fill a sector of 4096 bytes, as the pool's sectors are.
zpool create -R /mnt/tank -o ashift=12 -O compression=off -O atime=off $pool $disk
zfs create -o copies=2 $pool/two
zfs create -o recordsize=1M $pool/large
echo 8192 >$parameters/metaslab_force_ganging
echo 100 >$parameters/metaslab_force_ganging_pct
for d in . two large; do
	cd /mnt/tank/$pool/$d
	numbers numbers 400000
	numbers more 1300000 7
	treetool many . 100 entry-
	zpool sync $pool
	cd /
done
echo 16777217 >$parameters/metaslab_force_ganging
prove() { fact "a gang block" " gang " blocks $pool; }
