# SPDX-License-Identifier: BSD-2-Clause
# parts: 3
# A log device was removed: in its place among the devices is a hole.
zpool create -R /mnt/tank $pool ${dev}1 log ${dev}2
zpool add $pool ${dev}3
zpool remove $pool ${dev}2
make_content /mnt/tank/$pool
prove() { fact "a hole" "type: 'hole'" z -C $pool; }
