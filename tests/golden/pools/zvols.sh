# SPDX-License-Identifier: BSD-2-Clause
# Volumes: of several block sizes, sparse and not, with snapshots, a clone, and one that was grown.
zpool create -R /mnt/tank -O snapdev=visible $pool $disk
zfs create -V 2M -o volblocksize=512 $pool/v512
zfs create -V 8M -s -o volblocksize=8k $pool/v8k
zfs create -V 8M -o volblocksize=16k -o compression=off $pool/v16k
zfs create -V 16M -s -o volblocksize=128k -o compression=zstd $pool/v128k
zfs create -V 8M -s $pool/empty
numbers /tmp/numbers 300001
udevadm settle
for v in v512 v8k v16k v128k; do
	dd if=/tmp/numbers of=/dev/zvol/$pool/$v bs=64k seek=3 conv=fsync 2>/dev/null
done
zfs snapshot -r $pool@one
for v in v512 v8k v16k v128k; do
	dd if=/tmp/numbers of=/dev/zvol/$pool/$v bs=64k seek=9 conv=fsync 2>/dev/null
done
zfs clone $pool/v8k@one $pool/clone
udevadm settle
dd if=/tmp/numbers of=/dev/zvol/$pool/clone bs=64k seek=1 conv=fsync 2>/dev/null
zfs set volsize=12M $pool/v8k
prove() { [ "$(grep -c . $out/volumes)" -ge 11 ]; }
