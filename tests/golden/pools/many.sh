# SPDX-License-Identifier: BSD-2-Clause
# seconds: 500
# A directory of a hundred thousand names, of a few hundred files, so that it stays small.
zpool create -R /mnt/tank $pool $disk
mkdir /mnt/tank/$pool/dir
treetool links /mnt/tank/$pool/dir 100000 e-
