# SPDX-License-Identifier: BSD-2-Clause
# The sizes of records that the pool "recordsize" leaves out.
zpool create -R /mnt/tank -O compression=lz4 $pool $disk
for size in 1k 2k 8k 16k 32k 64k 256k 512k 2m 4m 8m; do
	zfs create -o recordsize=$size $pool/$size
	numbers /mnt/tank/$pool/$size/small 700
	numbers /tmp/n 20000
	{ cat /tmp/n; head -c 9000000 /dev/zero | tr '\000' x; cat /tmp/n; } >/tmp/large
	dd if=/tmp/large of=/mnt/tank/$pool/$size/large bs=1M 2>/dev/null
done
