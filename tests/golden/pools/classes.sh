# SPDX-License-Identifier: BSD-2-Clause
# parts: 6
# Devices for metadata and small blocks, for what is deduplicated, for the intent log; a cache.
zpool create -f -R /mnt/tank -O special_small_blocks=8k $pool ${dev}1 special mirror ${dev}2 ${dev}3 dedup ${dev}4 \
	log ${dev}5 cache ${dev}6
make_content /mnt/tank/$pool
zfs create -o dedup=on -o compression=off $pool/dedup
make_content /mnt/tank/$pool/dedup
cp /mnt/tank/$pool/dedup/numbers /mnt/tank/$pool/dedup/again
zfs create -o sync=always $pool/sync
numbers /mnt/tank/$pool/sync/file 100000
witness() {
	zpool list -v $pool >$out/list
	for kind in special dedup logs cache; do fact "the kind $kind" "^$kind" cat $out/list; done
}
prove() { fact "blocks on the special device" "DVA\[0\]=<1:| 1:[0-9a-f]+:" blocks $pool; }
