# SPDX-License-Identifier: BSD-2-Clause
# parts: 8
# dRAID with three parities and no spare.
zpool create -R /mnt/tank -o ashift=9 $pool draid3:4d:8c:0s \
	${dev}1 ${dev}2 ${dev}3 ${dev}4 ${dev}5 ${dev}6 ${dev}7 ${dev}8
make_content /mnt/tank/$pool
zfs create -o compression=off $pool/off
make_content /mnt/tank/$pool/off
