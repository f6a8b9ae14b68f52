#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Makes the pool behind small_secret.bin, as small_pool.sh does: encrypted file systems with keys that
# the tests know (small_pool.h). Then: extract IMAGE 1 > small_secret.bin
set -euo pipefail
img=$1
truncate -s 64M "$img"
zpool create -f -o ashift=9 -O atime=off -O compression=lz4 -O recordsize=4k -O xattr=sa -O acltype=posix \
	-O dnodesize=auto -O mountpoint=/t/secret secret "$img"
keys=$(mktemp -d)
echo 00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210 >"$keys/hex"
printf 'thirty-two bytes of a raw key \001\377' >"$keys/raw"
echo correct horse >"$keys/passphrase"
create() { # NAME CIPHER FORMAT [OPTION...]
	name=$1 cipher=$2 format=$3
	shift 3
	zfs create -o encryption="$cipher" -o keyformat="$format" \
		-o keylocation="file://$keys/$format" "$@" "secret/$name"
}
fill() {
	cd "/t/secret/$1"
	echo "hello from $1" >file
	mkdir dir
	seq 3000 >dir/numbers
	ln -s "$(printf 'x%.0s' $(seq 200))" long-link
	setfattr -n user.short -v value file
	setfattr -n user.spilled -v "$(printf 'v%.0s' $(seq 900))" dir/numbers
	setfacl -m u:5:r file
	truncate -s 1M sparse
	echo end >>sparse
	cd /
}
create gcm aes-256-gcm hex
fill gcm
zfs create secret/gcm/child
echo inherits >/t/secret/gcm/child/file
zfs create -o encryption=off secret/gcm/clear
echo clear >/t/secret/gcm/clear/file
zfs snapshot secret/gcm@before
echo changed >/t/secret/gcm/file
zfs clone secret/gcm@before secret/gcm/clone
create ccm aes-128-ccm raw
fill ccm
create words aes-192-gcm passphrase -o pbkdf2iters=100000
echo words >/t/secret/words/file
zfs create -V 1M -s -o encryption=aes-256-gcm -o keyformat=hex -o keylocation="file://$keys/hex" secret/volume
udevadm settle
seq 2000 | dd of=/dev/zvol/secret/volume bs=8k conv=fsync 2>/dev/null
zpool export secret
rm -r "$keys"
