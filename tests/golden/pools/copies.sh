# SPDX-License-Identifier: BSD-2-Clause
# Two and three copies of data.
zpool create -R /mnt/tank $pool $disk
for n in 1 2 3; do
	zfs create -o copies=$n $pool/c$n
	treetool fill /mnt/tank/$pool/c$n/text text 1 150000
	treetool many /mnt/tank/$pool/c$n 20 entry-
done
