# SPDX-License-Identifier: BSD-2-Clause
# parts: 5
# part_size: 64M
# import: writable
# A side of a mirror and a disk of a raidz missed changes and are back, not resilvered yet: where
# blocks have no checksum, only the logs of what a device missed tell which copy is stale. OpenZFS
# does not load these logs where it may not write, and reads the stale copies then.
echo 16384 >$parameters/metaslab_aliquot # each file on both of them
zpool create -f -R /mnt/tank $pool mirror ${dev}1 ${dev}2 raidz1 ${dev}3 ${dev}4 ${dev}5
zfs create -o checksum=off -o compression=off -o recordsize=16k $pool/off
cd /mnt/tank/$pool/off
numbers over 150000 7000
numbers gone 300000 20000
zpool sync $pool
rm gone
for n in 1 2 3 4; do zpool sync $pool; done
zpool offline $pool ${dev}1
zpool offline $pool ${dev}4
numbers over 150000 50000
numbers after 200000 60000
numbers /mnt/tank/$pool/numbers 60000
zpool sync $pool
echo 1 >$parameters/zfs_scan_suspend_progress
zpool online $pool ${dev}1
zpool online $pool ${dev}4
numbers last 50000 90000
sha256sum over after last >/tmp/written
cd /
witness() {
	fact "all are back" "state: ONLINE" zpool status $pool
	fact "a resilver in progress" "resilver in progress" zpool status $pool
	mount -t zfs -o ro,zfsutil $pool/off /mnt/ro
	cd /mnt/ro
	sha256sum -c /tmp/written
	cd /
	umount /mnt/ro
}
prove() {
	fact "a log of what a device missed" "outage \[" z -ddd $pool
	fact "a block of the mirror" "L0 0:|DVA\[0\]=<0:" blocks $pool/off
	fact "a block of the raidz" "L0 1:|DVA\[0\]=<1:" blocks $pool/off
}
