# SPDX-License-Identifier: BSD-2-Clause
# parts: 5
# raidz with two parities.
zpool create -R /mnt/tank -o ashift=9 $pool raidz2 ${dev}1 ${dev}2 ${dev}3 ${dev}4 ${dev}5
make_content /mnt/tank/$pool
zfs create -o compression=off $pool/off
make_content /mnt/tank/$pool/off
