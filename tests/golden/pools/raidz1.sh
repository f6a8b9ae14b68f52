# SPDX-License-Identifier: BSD-2-Clause
# parts: 4
# raidz with one parity, on more disks than the smallest blocks need.
zpool create -R /mnt/tank $pool raidz1 ${dev}1 ${dev}2 ${dev}3 ${dev}4
make_content /mnt/tank/$pool
zfs create -o compression=off $pool/off
make_content /mnt/tank/$pool/off
