# SPDX-License-Identifier: BSD-2-Clause
# One dataset for each checksum that a default pool can use.
zpool create -R /mnt/tank $pool $disk
for sum in off fletcher2 fletcher4 sha256; do
	zfs create -o checksum=$sum $pool/$sum
	treetool fill /mnt/tank/$pool/$sum/text text 1 150000
	treetool fill /mnt/tank/$pool/$sum/random random 2 9000
	treetool many /mnt/tank/$pool/$sum 40 entry-
done
