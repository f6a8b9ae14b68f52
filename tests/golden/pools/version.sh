# SPDX-License-Identifier: BSD-2-Clause
# each: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28
# Every version of pools that OpenZFS can make, from before features.
zpool create -R /mnt/tank -o version=$each $pool $disk
cd /mnt/tank/$pool
mkdir dir
numbers dir/numbers 150000
treetool fill text text 1 20000
echo tiny >tiny
ln -s dir/numbers link
cd /
zfs create $pool/child
treetool many /mnt/tank/$pool/child 30 e-
zfs snapshot $pool@one
zfs clone $pool@one $pool/clone
rm /mnt/tank/$pool/clone/text
echo changed >/mnt/tank/$pool/tiny
witness() { fact "the version" "^$each$" zpool get -Hp -o value version $pool; }
