# SPDX-License-Identifier: BSD-2-Clause
# parts: 9
# Stripes of everything side by side: a disk, a mirror, raidz and dRAID.
zpool create -f -R /mnt/tank -o ashift=12 $pool ${dev}1 mirror ${dev}2 ${dev}3 raidz1 ${dev}4 ${dev}5 ${dev}6 \
	draid1:1d:3c:1s ${dev}7 ${dev}8 ${dev}9
make_content /mnt/tank/$pool
zfs create -o compression=off -o recordsize=8k $pool/off
make_content /mnt/tank/$pool/off
