# SPDX-License-Identifier: BSD-2-Clause
# 4096 byte sectors, zstd for all, and a compatibility file.
zpool create -R /mnt/tank -o ashift=12 -o compatibility=grub2 $pool $disk
. ./types.sh
make_types /mnt/tank/$pool
