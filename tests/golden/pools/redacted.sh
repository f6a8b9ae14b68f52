# SPDX-License-Identifier: BSD-2-Clause
# import: writable
# A file system that was received redacted: what its clones had changed was never sent.
zpool create -R /mnt/tank -O recordsize=4k -O compression=off $pool $disk
zfs create $pool/full
make_content /mnt/tank/$pool/full
zfs snapshot $pool/full@one
zfs clone $pool/full@one $pool/less
treetool fill /mnt/tank/$pool/less/numbers random 1 20000 40000
rm /mnt/tank/$pool/less/dir/f12
zfs snapshot $pool/less@hidden
zfs redact $pool/full@one book $pool/less@hidden
zfs send --redact book $pool/full@one | zfs receive -u $pool/redacted
zfs create $pool/plain
zfs send $pool/full@one | zfs receive -u $pool/plain/received
echo 1 >$parameters/zfs_allow_redacted_dataset_mount
prove() { fact "redacted blocks" "redacted|REDACTED" blocks $pool/redacted; }
