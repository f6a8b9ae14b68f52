# SPDX-License-Identifier: BSD-2-Clause
# parts: 3
# part_size: 64M
# import: writable
# The first side of a mirror was being replaced when the resilver was interrupted, and then it was
# lost: what has taken its place comes before the whole side, and holds only what is new. Where
# blocks have no checksum, only the new one's log and its resilver_txg tell.
zpool create -f -R /mnt/tank $pool mirror ${dev}1 ${dev}2
zfs create -o checksum=off -o compression=off -o recordsize=16k $pool/off
cd /mnt/tank/$pool/off
numbers before 200000 7000
numbers /mnt/tank/$pool/numbers 60000
zpool sync $pool
echo 1 >$parameters/zfs_scan_suspend_progress
zpool replace $pool ${dev}1 ${dev}3
numbers after 100000 50000
zpool sync $pool
zpool offline -f $pool ${dev}1
dd if=/dev/zero of=${dev}1 bs=1M 2>/dev/null || :
sha256sum before after >/tmp/written
cd /
witness() {
	fact "a replacement that is not done" "replacing-0 +DEGRADED" zpool status $pool
	mount -t zfs -o ro,zfsutil $pool/off /mnt/ro
	cd /mnt/ro
	sha256sum -c /tmp/written
	cd /
	umount /mnt/ro
}
prove() {
	fact "resilver_txg in the config" "resilver_txg: " z -C $pool
	fact "a log of what a device lacks" "outage \[" z -ddd $pool
}
