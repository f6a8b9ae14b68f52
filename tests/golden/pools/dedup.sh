# SPDX-License-Identifier: BSD-2-Clause
# Deduplicated blocks in a table of the fast kind, by every checksum that serves for it.
zpool create -R /mnt/tank $pool $disk
for sum in sha256 sha512 skein edonr,verify blake3 sha256,verify; do
	name=$(echo $sum | tr , -)
	zfs create -o dedup=$sum $pool/$name
	for n in 1 2 3; do numbers /mnt/tank/$pool/$name/$n 300000; done
	zfs create -o dedup=$sum -o compression=off $pool/$name/off
	for n in 1 2 3; do numbers /mnt/tank/$pool/$name/off/$n 300000 77; done
done
prove() { fact "deduplicated blocks" "dedup " blocks $pool/sha256; }
