# SPDX-License-Identifier: BSD-2-Clause
# parts: 6
# dRAID with one parity in each group of two data disks, and one distributed spare, idle.
zpool create -R /mnt/tank $pool draid1:2d:6c:1s ${dev}1 ${dev}2 ${dev}3 ${dev}4 ${dev}5 ${dev}6
make_content /mnt/tank/$pool
zfs create -o compression=off $pool/off
make_content /mnt/tank/$pool/off
