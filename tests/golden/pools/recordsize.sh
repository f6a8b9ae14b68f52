# SPDX-License-Identifier: BSD-2-Clause
# Record sizes from the smallest to 1 MiB and 16 MiB, files just below, at and above them.
zpool create -R /mnt/tank $pool $disk
lines() {
	yes "$3 lines that compress well" | head -c "$2" >/tmp/lines
	dd if=/tmp/lines of="$1" bs=1M 2>/dev/null  # in large pieces: small ones into 16 MiB records take hours
}
for size in 512 4096 131072 1048576 16777216; do
	zfs create -o recordsize=$size -o compression=zstd $pool/r$size
	cd /mnt/tank/$pool/r$size
	lines below $((size - 1)) 1
	lines at $size 2
	lines above $((size + 1)) 3
	lines several $((size * 2 + 777)) 4
	treetool fill above random 5 3000 $((size / 2))
	[ $size -gt 4096 ] || treetool fill many text 6 100000
	cd /
done
