# SPDX-License-Identifier: BSD-2-Clause
# A pool as `zpool create` makes it with no options, with every type of file in it.
zpool create -R /mnt/tank $pool $disk
. ./types.sh
make_types /mnt/tank/$pool
