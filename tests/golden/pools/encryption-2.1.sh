# SPDX-License-Identifier: BSD-2-Clause
# openzfs: 2.1
# Every cipher and every form of key, small; the pool "encryption" shows what else there is.
echo 'zlive golden pool' >/tmp/keys/passphrase
echo 00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210 >/tmp/keys/hex
printf 'thirty-two bytes of a raw key \000\377' >/tmp/keys/raw
zpool create -R /mnt/tank -O compression=lz4 $pool $disk
for kind in 128ccm=passphrase 192ccm=hex 256ccm=raw 128gcm=raw 192gcm=passphrase 256gcm=hex; do
	name=${kind%=*} form=${kind#*=}
	at=$pool/a$name
	zfs create -o encryption=aes-${name%?cm}-${name#???} -o keyformat=$form \
		-o keylocation=file:///tmp/keys/$form $at
	cd /mnt/tank/$at
	numbers numbers 20000
	treetool fill text text 1 2000
	mkdir dir
	echo hello >dir/hello
	ln -s dir link
	treetool xattr dir user.name 76616c7565
	cd /
	zfs snapshot $at@one
	echo changed >/mnt/tank/$at/dir/hello
done
zfs create $pool/a256gcm/child
numbers /mnt/tank/$pool/a256gcm/child/numbers 7000
zfs create -V 1M -s $pool/a256ccm/volume
udevadm settle
dd if=/mnt/tank/$pool/a256ccm/numbers of=/dev/zvol/$pool/a256ccm/volume bs=4k seek=10 conv=fsync
wipe_free
prove() { fact "encrypted blocks" "encrypted" z -ddddddbbbbbb $pool/a128ccm; }
