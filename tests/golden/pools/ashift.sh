# SPDX-License-Identifier: BSD-2-Clause
# each: 9 13 16
# disk: 200M
# Other sectors than the 512 and 4096 bytes that disks tell.
zpool create -R /mnt/tank -o ashift=$each $pool $disk
make_content /mnt/tank/$pool
zfs create -o compression=off $pool/off
make_content /mnt/tank/$pool/off
