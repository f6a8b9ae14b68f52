# SPDX-License-Identifier: BSD-2-Clause
# parts: 7
# dRAID with two parities and two distributed spares, whose groups do not divide the disks evenly.
zpool create -R /mnt/tank -o ashift=12 $pool draid2:2d:7c:2s \
	${dev}1 ${dev}2 ${dev}3 ${dev}4 ${dev}5 ${dev}6 ${dev}7
make_content /mnt/tank/$pool
zfs create -o compression=off $pool/off
make_content /mnt/tank/$pool/off
