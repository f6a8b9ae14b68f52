# SPDX-License-Identifier: BSD-2-Clause
# import: writable
# seconds: 200
# Every feature that one must know to read a pool, and that one disk can show, is active.
echo 'zlive golden pool' >/tmp/keys/passphrase
zpool create -R /mnt/tank -o ashift=12 -O atime=off $pool $disk
zfs create -o compression=zstd $pool/zstd
make_little /mnt/tank/$pool/zstd
for sum in sha512 skein edonr blake3; do
	[ $sum != blake3 ] || zpool get -H -o value feature@blake3 $pool | grep -q abled || continue
	zfs create -o checksum=$sum $pool/$sum
	make_little /mnt/tank/$pool/$sum
done
zfs create -o recordsize=1M -o compression=off $pool/large
yes zlive | head -c 2100000 >/mnt/tank/$pool/large/file
zfs create -o dnodesize=2k $pool/dnodes
make_little /mnt/tank/$pool/dnodes
if zpool get -H -o value feature@longname $pool | grep -q abled; then
	zfs create -o longname=on $pool/longname
	echo long >/mnt/tank/$pool/longname/$(printf '%0300d' 3)
fi
if zpool get -H -o value feature@dynamic_gang_header $pool | grep -q abled; then
	zfs create -o compression=off $pool/gang
	echo 8192 >$parameters/metaslab_force_ganging
	echo 100 >$parameters/metaslab_force_ganging_pct
	numbers /mnt/tank/$pool/gang/file 300000
	zpool sync $pool
	echo 16777217 >$parameters/metaslab_force_ganging
fi
# Bookmarks of all three kinds, and redaction.
zfs create -o recordsize=4k $pool/full
make_little /mnt/tank/$pool/full
zfs snapshot $pool/full@one
zfs bookmark $pool/full@one $pool/full#mark
zfs create -o canmount=off $pool/less
hidden=
for n in $(seq 1 40); do
	zfs clone -o canmount=off $pool/full@one $pool/less/$n
	hidden="$hidden $pool/less/$n@hidden"
done
zfs set canmount=noauto $pool/less/1
zfs mount $pool/less/1
treetool fill /mnt/tank/$pool/less/1/numbers text 1 9000 9000
zfs snapshot $hidden
zfs redact $pool/full@one few $pool/less/1@hidden
if zpool get -H -o value feature@redaction_list_spill $pool | grep -q abled; then
	zfs redact $pool/full@one many $hidden
fi
zfs send --redact few $pool/full@one | zfs receive -u $pool/redacted
zfs create -o encryption=on -o keyformat=passphrase -o keylocation=file:///tmp/keys/passphrase $pool/encrypted
make_little /mnt/tank/$pool/encrypted
zfs snapshot $pool/encrypted@one
zfs bookmark $pool/encrypted@one $pool/encrypted#mark
zfs unmount $pool/less/1
zfs destroy -r $pool/less
wipe_free
