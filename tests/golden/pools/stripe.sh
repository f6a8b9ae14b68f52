# SPDX-License-Identifier: BSD-2-Clause
# disk: 288M
# parts: 4
# Two disks side by side, and what holds no data of the pool: a log device and a spare.
zpool create -R /mnt/tank $pool /dev/vdc1 /dev/vdc2 log /dev/vdc3 spare /dev/vdc4
. ./types.sh
make_types /mnt/tank/$pool
