# SPDX-License-Identifier: BSD-2-Clause
# Data in the block pointer itself, for contents, directories and attributes.
zpool create -R /mnt/tank $pool $disk
cd /mnt/tank/$pool
for n in 1 2 16 100 111 112 113 200 4000 100000; do
	yes zlive | head -c $n >yes-$n
	printf '%0*d' $n 0 >zero-$n
done
mkdir d
treetool many d 3 e
cd /
zfs create -o compression=zstd-19 $pool/zstd
treetool fill /mnt/tank/$pool/zstd/text text 1 300
cp /mnt/tank/$pool/yes-* /mnt/tank/$pool/zstd
