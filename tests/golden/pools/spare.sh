# SPDX-License-Identifier: BSD-2-Clause
# parts: 7
# Hot spares stand in for a side of a mirror and for a disk of a raidz, which are lost.
zpool create -f -R /mnt/tank $pool mirror ${dev}1 ${dev}2 raidz1 ${dev}3 ${dev}4 ${dev}5 spare ${dev}6 ${dev}7
make_content /mnt/tank/$pool
zpool offline -f $pool ${dev}1
zpool offline -f $pool ${dev}4
zpool replace -w $pool ${dev}1 ${dev}6
zpool replace -w $pool ${dev}4 ${dev}7
zfs create $pool/later
make_content /mnt/tank/$pool/later
for n in 1 4; do dd if=/dev/zero of=${dev}$n bs=1M count=66 seek=5 2>/dev/null; done
witness() { fact "spares in use" "INUSE" zpool status $pool; }
prove() { fact "a spare in the tree" "type: 'spare'" z -C $pool; }
