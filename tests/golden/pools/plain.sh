# SPDX-License-Identifier: BSD-2-Clause
# Version 5000 without one feature.
zpool create -d -R /mnt/tank $pool $disk
. ./types.sh
make_types /mnt/tank/$pool
witness() {
	! zpool get -H -o value all $pool | grep -qx active
	fact "no feature is active" "." echo none
}
