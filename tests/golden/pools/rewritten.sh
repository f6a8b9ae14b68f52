# SPDX-License-Identifier: BSD-2-Clause
# leave: inuse
# A pool with a past: overwritten, truncated and punched files, many uberblocks, never exported.
echo 305419896 >/sys/module/spl/parameters/spl_hostid
zpool create -R /mnt/tank $pool $disk
cd /mnt/tank/$pool
n=0
while [ $n -lt 140 ]; do
	yes "this is file $n" | dd of=file-$((n % 7)) bs=1000 seek=$n count=200 conv=notrunc 2>/dev/null
	[ $((n % 3)) != 0 ] || rm -f file-$((n % 5))
	zpool sync $pool
	n=$((n + 1))
done
yes punched | head -c 1000000 >punched
zpool sync $pool
fallocate -p -o 131072 -l 400000 punched || dd if=/dev/zero of=punched bs=131072 seek=1 count=3 conv=notrunc
truncate -s 900001 punched
yes cut | head -c 1000000 >cut
zpool sync $pool
truncate -s 131073 cut
truncate -s 700000 cut
cd /
