# SPDX-License-Identifier: BSD-2-Clause
# parts: 6
# part_size: 64M
# raidz with three parities.
zpool create -R /mnt/tank -o ashift=12 $pool raidz3 ${dev}1 ${dev}2 ${dev}3 ${dev}4 ${dev}5 ${dev}6
make_little /mnt/tank/$pool
zfs create -o compression=off $pool/off
make_content /mnt/tank/$pool/off
