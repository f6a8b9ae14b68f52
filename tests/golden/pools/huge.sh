# SPDX-License-Identifier: BSD-2-Clause
# Files of terabytes with holes: blocks far apart, below many levels of pointers.
zpool create -R /mnt/tank $pool $disk
cd /mnt/tank/$pool
treetool fill huge random 1 3000
treetool fill huge random 2 3000 1000000000000
treetool fill huge text 3 200000 8796093022000
truncate -s 9000000000000 huge
truncate -s 9223372036854775807 all-hole || truncate -s 8000000000000000000 all-hole
zfs create -o recordsize=512 -o compression=off $pool/small
cd /mnt/tank/$pool/small
numbers far 1000
dd if=far of=far bs=512 count=1 seek=2000000000 conv=notrunc 2>/dev/null
treetool fill far random 4 1025 500000000000
cd /
prove() { fact "six levels of pointers" "^ *[0-9]+ +[5-9] " z -dddd $pool; }
