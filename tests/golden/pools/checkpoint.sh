# SPDX-License-Identifier: BSD-2-Clause
# A pool with a checkpoint, which much was changed since.
zpool create -R /mnt/tank $pool $disk
zfs create $pool/gone
make_content /mnt/tank/$pool/gone
make_content /mnt/tank/$pool
zpool checkpoint $pool
zfs destroy $pool/gone
rm -r /mnt/tank/$pool/dir
numbers /mnt/tank/$pool/numbers 200000 7
zfs create $pool/new
make_content /mnt/tank/$pool/new
witness() { fact "a checkpoint" "^[1-9]" zpool get -Hp -o value checkpoint $pool; }
