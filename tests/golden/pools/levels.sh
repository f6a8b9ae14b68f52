# SPDX-License-Identifier: BSD-2-Clause
# seconds: 240
# Every level of every compression.
zpool create -R /mnt/tank -O mountpoint=none $pool $disk
numbers /tmp/numbers 20000
fast="1 2 3 4 5 6 7 8 9 10 20 30 40 50 60 70 80 90 100 500 1000"
codecs="on off lzjb zle lz4 gzip zstd zstd-fast"
for n in 1 2 3 4 5 6 7 8 9; do codecs="$codecs gzip-$n"; done
for n in $(seq 1 19); do codecs="$codecs zstd-$n"; done
for n in $fast; do codecs="$codecs zstd-fast-$n"; done
for codec in $codecs; do
	zfs create -o mountpoint=/$codec -o compression=$codec $pool/$codec
	cd /mnt/tank/$codec
	cp /tmp/numbers numbers
	treetool fill text text 1 9000
	{ cat numbers; head -c 70000 /dev/zero; cat text; } >mixed
	cd /
done
prove() {
	fact "lzjb blocks" " lzjb " blocks $pool/lzjb
	fact "zle blocks" " zle " blocks $pool/zle
	fact "gzip-9 blocks" "gzip-9" blocks $pool/gzip-9
	fact "zstd blocks" "zstd" blocks $pool/zstd-19
	fact "zstd-fast blocks" "zstd" blocks $pool/zstd-fast-1000
}
