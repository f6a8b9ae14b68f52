# SPDX-License-Identifier: BSD-2-Clause
# parts: 6
# dRAID whose distributed spare stands in for a disk that is gone: its old contents are stale.
zpool create -R /mnt/tank $pool draid1:2d:6c:1s ${dev}1 ${dev}2 ${dev}3 ${dev}4 ${dev}5 ${dev}6
zfs create -o compression=off $pool/off
make_content /mnt/tank/$pool/off
zpool offline -f $pool ${dev}3
zpool replace -w $pool ${dev}3 draid1-0-0
zfs create -o compression=off $pool/later
make_content /mnt/tank/$pool/later
dd if=/dev/zero of=${dev}3 bs=1M count=66 seek=5 2>/dev/null
witness() { fact "a distributed spare in use" "draid1-0-0 +INUSE|spare-2 +DEGRADED" zpool status $pool; }
prove() { fact "a distributed spare in the tree" "type: 'dspare'" z -C $pool; }
