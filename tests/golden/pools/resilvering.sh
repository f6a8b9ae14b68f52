# SPDX-License-Identifier: BSD-2-Clause
# parts: 3
# A third side is being added to a mirror: it holds little yet.
zpool create -R /mnt/tank $pool mirror ${dev}1 ${dev}2
make_content /mnt/tank/$pool
zpool sync
echo 1 >$parameters/zfs_scan_suspend_progress
zpool attach $pool ${dev}1 ${dev}3
zfs create $pool/later
make_content /mnt/tank/$pool/later
prove() { fact "a resilver in progress" "resilver_txg: " z -C $pool; }
