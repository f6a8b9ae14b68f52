# SPDX-License-Identifier: BSD-2-Clause
# One dataset for each compression that a default pool can use.
zpool create -R /mnt/tank -O compression=off $pool $disk
for codec in off lzjb lz4 zle gzip-1 gzip-6 gzip-9 zstd-1 zstd-3 zstd-19 zstd-fast-10; do
	zfs create -o compression=$codec $pool/$codec
	cd /mnt/tank/$pool/$codec
	treetool fill text text 1 60000
	treetool fill random random 2 9000
	numbers tail 131077
	# Runs of zeros inside a block are what zle is about.
	treetool fill zeros random 4 3000
	treetool fill zeros random 5 3000 60000
	dd if=/dev/zero of=zeros bs=3000 count=19 seek=1 conv=notrunc 2>/dev/null
	yes zlive | head -c 9000 >tiny
	cd /
done
