# SPDX-License-Identifier: BSD-2-Clause
# disk: 288M
# parts: 4
# Two disks side by side, and what holds no data of the pool: a log device and a spare.
zpool create -R /mnt/tank $pool ${dev}1 ${dev}2 log ${dev}3 spare ${dev}4
. ./types.sh
make_types /mnt/tank/$pool
