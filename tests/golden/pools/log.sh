# SPDX-License-Identifier: BSD-2-Clause
# each: crashed claimed
# A pool whose machine stopped: what was synced last is in the intent logs alone, which nobody has
# claimed, or which an import has claimed and no mount replayed. OpenZFS read it without replaying.
numbers /tmp/key 32
mkdir -p /tmp/keys
head -c 32 /tmp/key >/tmp/keys/raw
[ "$parts" = 1 ] || log="log ${dev}2"
zpool create -R /mnt/tank -O xattr=sa $pool ${dev}1 ${log:-}
zfs create -o sync=always $pool/always
zfs create -o encryption=on -o keyformat=raw -o keylocation=file:///tmp/keys/raw $pool/secret
zfs create -o logbias=throughput -o compression=off $pool/throughput
zfs create $pool/nothing
zfs create -s -V 1M $pool/volume
numbers /mnt/tank/$pool/whole 20000 7000
numbers /tmp/large 40000 100000
for d in . always secret throughput nothing; do
	cd /mnt/tank/$pool/$d
	numbers numbers 20000
	mkdir old
	echo one >old/one
	echo two >old/two
	# Without a first block of the log, a frozen pool writes none.
	[ $d = nothing ] || echo three | dd of=old/three conv=fsync
done
cd /
udevadm settle
dd if=/mnt/tank/$pool/numbers of=/dev/zvol/$pool/volume bs=4k seek=3 conv=fsync
zpool sync $pool
# From here on nothing but the logs reaches the disk, as if the machine stopped now.
zpool freeze $pool
for d in . always secret throughput; do
	cd /mnt/tank/$pool/$d
	echo new | dd of=new conv=fsync
	numbers small 3000
	dd if=/tmp/large of=large bs=40000 count=1
	mkdir dir
	echo x >dir/x
	mv dir/x old/x
	ln old/x dir/link
	ln -s x old/symlink
	rm old/two
	chmod 711 old
	truncate -s 10000 numbers
	treetool fill numbers text 7 3000 15000
	treetool xattr old/one user.name 76616c7565
	dd if=old/one of=old/three conv=fsync,notrunc
	[ $d != . ] || treetool clone whole clone
	cd /
done
dd if=/tmp/key of=/dev/zvol/$pool/volume bs=4k seek=99 conv=fsync
sync
if [ $each = claimed ]; then
	zfs unmount -a
	zpool export $pool
	echo 1 >$parameters/zvol_inhibit_dev # who opens a volume replays its log
	import_it -N
	echo 0 >$parameters/zvol_inhibit_dev
fi
prove() {
	claim=0
	[ $each != claimed ] || claim='[1-9]'
	for d in $pool $pool/always $pool/secret $pool/throughput $pool/volume; do
		fact "an intent log of $d that is $each" "claim_txg $claim" z -iiiii $d
		fact "writes in the log of $d" "TX_WRITE +[1-9]" z -iiiii $d
	done
	fact "a clone in the log" "TX_CLONE_RANGE +[1-9]" z -iiiii $pool
}
