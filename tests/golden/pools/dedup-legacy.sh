# SPDX-License-Identifier: BSD-2-Clause
# Deduplicated blocks in a table of the old kind, with copies and ditto blocks.
legacy="-o feature@fast_dedup=disabled"
[ $openzfs != 2.1 ] || legacy=
zpool create -R /mnt/tank $legacy $pool $disk
zfs create -o dedup=on $pool/on
for n in 1 2 3; do numbers /mnt/tank/$pool/on/$n 300000; done
zfs create -o dedup=sha256,verify -o copies=2 $pool/two
for n in 1 2 3; do numbers /mnt/tank/$pool/two/$n 300000 5; done
prove() { fact "deduplicated blocks" "dedup " blocks $pool/on; }
