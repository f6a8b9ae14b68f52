# SPDX-License-Identifier: BSD-2-Clause
# parts: 6
# raidz2 that two disks were added to, one after the other: blocks of three widths.
zpool create -R /mnt/tank $pool raidz2 ${dev}1 ${dev}2 ${dev}3 ${dev}4
zfs create -o compression=off $pool/first
make_content /mnt/tank/$pool/first
zpool attach -w $pool raidz2-0 ${dev}5
zfs create -o compression=off $pool/second
make_content /mnt/tank/$pool/second
zpool attach -w $pool raidz2-0 ${dev}6
zfs create -o compression=off $pool/third
make_content /mnt/tank/$pool/third
prove() { fact "two expansions" "raidz_expand_txgs\[1\]:" z -C $pool; }
