# SPDX-License-Identifier: BSD-2-Clause
# whole_disk: yes
# A pool in a file, which OpenZFS gives another type than a disk.
mkdir -p /tmp/pool
truncate -s 96M /tmp/pool/file
devices="-d /tmp/pool"
zpool create -R /mnt/tank $pool /tmp/pool/file
make_content /mnt/tank/$pool
prove() { fact "a vdev that is a file" "type: 'file'" z -C $pool; }
finish() { cp /tmp/pool/file $disk && rm /tmp/pool/file; }
