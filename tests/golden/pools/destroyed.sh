# SPDX-License-Identifier: BSD-2-Clause
# A pool that was destroyed, and whose disk was not used since.
zpool create -R /mnt/tank $pool $disk
make_content /mnt/tank/$pool
finish() {
	import_it -N
	zpool destroy $pool
	fact "it is destroyed" "DESTROYED" zpool import $devices -D
}
