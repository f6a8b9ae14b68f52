# SPDX-License-Identifier: BSD-2-Clause
# parts: 2
# part_size: 200M
# A disk was removed: what it held is where its mapping says.
zpool create -R /mnt/tank $pool ${dev}1
zfs create -o compression=off $pool/off
make_content /mnt/tank/$pool/off
make_content /mnt/tank/$pool
zfs snapshot -r $pool@before
zpool sync
zpool add $pool ${dev}2
zpool remove -w $pool ${dev}1
treetool fill /mnt/tank/$pool/later text 8 100000
prove() {
	fact "an indirect vdev" "type: 'indirect'" z -C $pool
	fact "a block on it" "DVA\[0\]=<0:|L0 0:" blocks $pool/off
}
