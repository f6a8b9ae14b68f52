# SPDX-License-Identifier: BSD-2-Clause
# parts: 6
# Disks that are being replaced, one of a raidz and one of a mirror: the new ones hold little yet.
zpool create -f -R /mnt/tank $pool raidz1 ${dev}1 ${dev}2 ${dev}3 mirror ${dev}4 ${dev}5
make_content /mnt/tank/$pool
zpool sync
echo 1 >$parameters/zfs_scan_suspend_progress
zpool replace $pool ${dev}2 ${dev}6
zfs create $pool/later
make_content /mnt/tank/$pool/later
witness() { fact "a replacement in progress" "replacing-1" zpool status $pool; }
prove() { fact "a replacing vdev" "type: 'replacing'" z -C $pool; }
