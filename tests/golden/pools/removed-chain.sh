# SPDX-License-Identifier: BSD-2-Clause
# parts: 5
# part_size: 200M
# Disks were removed one after the other: what the first held was moved up to four times.
zpool create -R /mnt/tank $pool ${dev}1
zfs create -o compression=off $pool/off
make_content /mnt/tank/$pool/off
zpool sync
zpool add $pool ${dev}2 ${dev}3
zpool remove -w $pool ${dev}1
make_content /mnt/tank/$pool
zfs snapshot -r $pool@second
zpool remove -w $pool ${dev}2
zpool add $pool ${dev}4
treetool fill /mnt/tank/$pool/third text 7 100000
zpool remove -w $pool ${dev}3
zpool add $pool ${dev}5
treetool fill /mnt/tank/$pool/fourth text 8 100000
zpool remove -w $pool ${dev}4
witness() { fact "four removals" "indirect-3" zpool list -v $pool; }
prove() {
	[ "$(grep -c "type: 'indirect'" $out/config)" = 4 ]
	fact "a chain of indirect vdevs" "prev_indirect_vdev: " z -C $pool
	fact "a block on the first" "DVA\[0\]=<0:|L0 0:" blocks $pool/off
}
