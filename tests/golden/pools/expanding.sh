# SPDX-License-Identifier: BSD-2-Clause
# parts: 4
# raidz whose expansion has come half of its way.
zpool create -R /mnt/tank $pool raidz1 ${dev}1 ${dev}2 ${dev}3
zfs create -o compression=off $pool/before
make_content /mnt/tank/$pool/before
yes "lines that xz makes short" | head -c 30000000 >/mnt/tank/$pool/before/large
zpool sync
# It looks at the limit once a transaction group was written.
echo 1 >$parameters/raidz_expand_max_reflow_bytes
echo 131072 >$parameters/raidz_expand_max_copy_bytes
zpool attach $pool raidz1-0 ${dev}4
for n in 1 2 3 4 5; do
	sleep 1
	zpool sync
done
zfs create -o compression=off $pool/meanwhile
make_content /mnt/tank/$pool/meanwhile
witness() { fact "an expansion in progress" "expansion of raidz1-0 in progress" zpool status $pool; }
prove() { fact "a vdev that expands" "raidz_expanding" z -C $pool; }
