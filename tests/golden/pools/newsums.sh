# SPDX-License-Identifier: BSD-2-Clause
# Checksums that activate a feature of their own.
zpool create -R /mnt/tank $pool $disk
for sum in sha512 skein edonr blake3; do
	zfs create -o checksum=$sum $pool/$sum
	treetool fill /mnt/tank/$pool/$sum/text text 1 150000
	treetool fill /mnt/tank/$pool/$sum/random random 2 9000
done
