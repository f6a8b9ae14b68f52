# SPDX-License-Identifier: BSD-2-Clause
# whole_disk: yes
# A pool on a whole disk: OpenZFS makes the partition table.
zpool create -R /mnt/tank $pool $disk
. ./types.sh
make_types /mnt/tank/$pool
