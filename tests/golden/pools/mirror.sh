# SPDX-License-Identifier: BSD-2-Clause
# disk: 144M
# parts: 2
# A mirror whose first side missed the last changes: what it holds of them is stale.
zpool create -R /mnt/tank $pool mirror ${dev}1 ${dev}2
treetool fill /mnt/tank/$pool/before text 1 30000
treetool fill /mnt/tank/$pool/changed text 2 30000
zpool sync
zpool offline $pool ${dev}1
treetool fill /mnt/tank/$pool/changed text 3 30000
treetool fill /mnt/tank/$pool/after text 4 30000
rm /mnt/tank/$pool/before
