# SPDX-License-Identifier: BSD-2-Clause
# Pool version 28 and file system version 4: before features, before system attributes.
zpool create -R /mnt/tank -o version=28 -O version=4 $pool $disk
treetool fill /mnt/tank/$pool/text text 1 30000
mkdir /mnt/tank/$pool/dir
ln -s text /mnt/tank/$pool/short
ln -s "$(seq -s / 1 200)" /mnt/tank/$pool/long
