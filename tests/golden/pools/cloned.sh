# SPDX-License-Identifier: BSD-2-Clause
# Blocks that two files share by cloning; across datasets, too, and after one was overwritten.
zpool create -R /mnt/tank $pool $disk
zfs create $pool/other
cd /mnt/tank/$pool
numbers file 700000
treetool fill random random 1 140000
zpool sync
treetool clone file clone
treetool clone random other/random
treetool clone file other/part 131072 131072
zpool sync
treetool fill clone text 5 5000 131072
cd /
zfs snapshot -r $pool@all
witness() { fact "cloned blocks" "^[1-9]" zpool get -Hp -o value bcloneused $pool; }
