# SPDX-License-Identifier: BSD-2-Clause
# parts: 4
# raidz that one disk was added to: old blocks keep their width, new ones have another.
zpool create -R /mnt/tank $pool raidz1 ${dev}1 ${dev}2 ${dev}3
zfs create -o compression=off $pool/before
make_content /mnt/tank/$pool/before
zpool attach -w $pool raidz1-0 ${dev}4
zfs create -o compression=off $pool/after
make_content /mnt/tank/$pool/after
witness() { fact "an expansion has ended" "expanded raidz1-0 copied" zpool status $pool; }
