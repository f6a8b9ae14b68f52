# SPDX-License-Identifier: BSD-2-Clause
# In the lab: makes one pool after the other by its script, each in a shell of its own, and writes
# down what OpenZFS says and reads of it. What must be seen of a pool for its row to be shown, a
# script proves by fact() in its functions prove (the pool is exported) or witness (it is imported).

parameters=/sys/module/zfs/parameters

# The tunables as the module has them by itself, so that no script's outlive it.
golden_save() {
	for p in $parameters/* /sys/module/spl/parameters/spl_hostid; do
		value=
		[ ! -w "$p" ] || { read -r value <"$p" && echo "$p $value" >>/tmp/parameters; } || :
	done 2>/dev/null
}

golden_restore() {
	while read -r p value; do
		now=
		read -r now <"$p" || :
		[ "$now" = "$value" ] || echo "$value" >"$p" || :
	done </tmp/parameters 2>/dev/null
}

# NAME DEVICE
golden_run() {
	mkdir -p "/tmp/out/$1" /mnt/tank
	rm -rf /tmp/keys
	mkdir /tmp/keys
	start=$(cut -d. -f1 /proc/uptime)
	setsid sh -eux ./golden.sh one "$1" "$2" </dev/null >"/tmp/out/$1/log" 2>&1 &
	pid=$!
	{ sleep 400 && kill -9 -$pid; } &
	wait $pid
	status=$?
	kill $! 2>/dev/null
	kill -9 -$pid 2>/dev/null
	echo $status >"/tmp/out/$1/status"
	cp -r /tmp/keys "/tmp/out/$1/keys"
	echo "golden $1: status $status, $(($(cut -d. -f1 /proc/uptime) - start)) s"
	[ $status = 0 ] || tail -n 15 "/tmp/out/$1/log"
	. "./$1.conf"
	cd /
	if [ "$leave" = exported ] || [ $status != 0 ]; then
		grep ' zfs ' /proc/mounts | sort -r | while read -r _ at _; do umount "$at"; done
		zpool list -H -o name | while read -r pool; do zpool export -f "$pool"; done
		golden_restore
	fi
	cd - >/dev/null
	tar cf /dev/vdb -C /tmp/out . && sync # should the next one hang
}

# NAME PATTERN COMMAND...: fails unless the command prints a line with that pattern; keeps the line.
fact() {
	fact=$1 pattern=$2
	shift 2
	"$@" >/tmp/fact 2>&1 || echo "status $?" >>/tmp/fact
	if ! line=$(grep -m1 -E -e "$pattern" /tmp/fact); then
		echo "no proof of \"$fact\": nothing like $pattern in the output of $*"
		tail -n 60 /tmp/fact
		return 1
	fi
	echo "$fact: $(echo $line)" >>$out/facts
}

# zdb about the exported pool, and about the imported one.
z() {
	zdb -e $devices "$@"
}

# zpool import of nothing but this pool.
import_it() {
	zpool import $devices "$@" $pool
}

# All blocks of a dataset or object, as zdb prints them.
blocks() {
	z -ddddddbbbbbb "$@"
}

prove() { :; }
witness() { :; }
finish() { :; }

# One number after the other, with words between them that keep the image small: no two sectors are
# the same.
numbers() { # FILE BYTES [FIRST]
	seq -s ' is one, and the next of these many numbers in this file is ' \
		"${3:-1}" $((${3:-1} + $2 / 60 + 1)) | head -c "$2" >"$1"
}

# Makes all that is free zeros, in pools much of which was written more than once or is encrypted.
wipe_free() {
	zpool sync $pool
	echo 0 >$parameters/zfs_initialize_value
	zpool initialize -w $pool
}

# A small tree with files of many sizes, so that blocks begin and end in every column.
make_content() (
	cd "$1"
	umask 022
	mkdir -p dir/sub
	n=1
	while [ $n -le 16 ]; do
		numbers dir/f$n $((n * 777)) $((n * 1000))
		n=$((n + 1))
	done
	numbers numbers 140000
	treetool fill text text 1 20000
	treetool fill random random 2 3001
	treetool many dir/sub 10 e-
	ln -s dir link
)

# The same for pools with many file systems.
make_little() (
	cd "$1"
	umask 022
	mkdir -p dir/sub
	numbers numbers 50000
	numbers dir/small 3000
	treetool fill dir/text text 1 9000
	treetool many dir/sub 5 e-
	ln -s dir link
)

# What OpenZFS reads in all file systems, volumes and snapshots of the imported pool.
describe() {
	zpool get -Hp -o property,value all $pool >$out/pool
	zfs get -Hp -o name,property,value,source all >$out/properties
	n=0
	: >$out/index
	zfs list -Hp -t filesystem,snapshot -o name | while read -r name; do
		mkdir -p /mnt/ro
		if mount -t zfs -o ro,zfsutil "$name" /mnt/ro 2>/dev/null || mount -t zfs -o ro "$name" /mnt/ro; then
			treetool manifest /mnt/ro >$out/$n.manifest
			umount /mnt/ro
			echo "$n $name" >>$out/index
		fi
		n=$((n + 1))
	done
	udevadm settle
	zfs list -Hp -t volume,snapshot -o name | while read -r name; do
		[ -b "/dev/zvol/$name" ] || continue
		printf '%s\t%s\t%s\n' "$name" $(blockdev --getsize64 "/dev/zvol/$name") \
			$(sha256sum <"/dev/zvol/$name" | cut -c 1-64) >>$out/volumes
	done
}

golden_one() { # NAME DEVICE: in a shell of its own
	out=/tmp/out/$1
	. "./$1.conf"
	devices=
	dev=$2
	n=1
	while [ $n -le $parts ]; do
		devices="$devices -d ${dev}$n"
		n=$((n + 1))
	done
	disk=${dev}1
	[ $whole_disk = no ] || disk=$dev
	job=$PWD
	. "./$1.sh"
	cd "$job"
	if [ $leave = inuse ]; then
		zfs unmount -a
		zpool sync
		describe
		witness
		return
	fi
	zpool sync
	zfs unmount -a
	zpool export $pool
	if [ $import = readonly ]; then
		import_it -o readonly=on -N
	else
		import_it -N
	fi
	zfs load-key -a || : "not those whose key nobody kept"
	describe
	witness
	zpool export $pool
	devices=$(echo "$devices" | sed 's/-d /-p /g')
	z -C $pool >$out/config
	prove
	devices=$(echo "$devices" | sed 's/-p /-d /g')
	finish
}

if [ "${1:-}" = one ]; then
	golden_one "$2" "$3"
fi
