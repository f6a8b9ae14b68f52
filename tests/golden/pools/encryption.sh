# SPDX-License-Identifier: BSD-2-Clause
# import: writable
# Encrypted file systems: every cipher, every form of key, inherited and own keys, clones, a volume.
mkdir -p /tmp/keys
echo 'zlive golden pool' >/tmp/keys/passphrase
echo 'another passphrase' >/tmp/keys/other
echo 00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210 >/tmp/keys/hex
printf 'thirty-two bytes of a raw key \000\377' >/tmp/keys/raw
zpool create -R /mnt/tank -O compression=lz4 $pool $disk
encrypt() { # DATASET CIPHER FORMAT [OPTION...]
	name=$1 cipher=$2 form=$3
	shift 3
	zfs create -o encryption=$cipher -o keyformat=$form -o keylocation=file:///tmp/keys/$form "$@" $pool/$name
}
encrypt a128ccm aes-128-ccm passphrase -o pbkdf2iters=100000
encrypt a192ccm aes-192-ccm hex
encrypt a256ccm aes-256-ccm raw
encrypt a128gcm aes-128-gcm raw
encrypt a192gcm aes-192-gcm passphrase -o pbkdf2iters=123456 -o compression=zstd
encrypt a256gcm aes-256-gcm hex -o compression=off
make_tiny() (
	cd "$1"
	mkdir dir
	numbers numbers 30000
	treetool fill dir/text text 1 3000
	treetool many dir 3 e-
	ln -s dir link
)
for d in a128ccm a192ccm a256ccm a128gcm a192gcm a256gcm; do
	make_tiny /mnt/tank/$pool/$d
done
cd /mnt/tank/$pool/a256gcm
ln -s "$(seq -s / 1 200)" long-symlink
echo tiny >tiny
treetool xattr tiny user.name 76616c7565
treetool bigxattr tiny user.large 1 5000
mkdir acl
treetool xattr acl system.posix_acl_default \
	02000000010006000000000002000400e803000004000400ffffffff10000600ffffffff20000000ffffffff || :
cd /
# A child with its parent's key, one with a key of its own and a child of that, one in the clear.
zfs create $pool/a256gcm/child
echo child >/mnt/tank/$pool/a256gcm/child/file
zfs create -o encryption=aes-128-gcm -o keyformat=passphrase -o keylocation=file:///tmp/keys/other $pool/a256gcm/own
echo own >/mnt/tank/$pool/a256gcm/own/file
zfs create $pool/a256gcm/own/child
numbers /mnt/tank/$pool/a256gcm/own/child/file 20000
zfs create -o encryption=off $pool/a256gcm/clear
echo clear >/mnt/tank/$pool/a256gcm/clear/file
# Snapshots, a clone, and a promoted one.
zfs snapshot -r $pool/a256gcm@one
echo changed >/mnt/tank/$pool/a256gcm/child/file
zfs snapshot -r $pool/a256gcm@two
zfs clone $pool/a256gcm/child@one $pool/a256gcm/clone
echo more >/mnt/tank/$pool/a256gcm/clone/more
zfs clone $pool/a256gcm/child@two $pool/a256gcm/promoted
echo promoted >/mnt/tank/$pool/a256gcm/promoted/promoted
zfs promote $pool/a256gcm/promoted
# A key that was changed, and one that was given up for the parent's.
encrypt changed aes-256-gcm raw
numbers /mnt/tank/$pool/changed/file 20000
zfs change-key -o keyformat=passphrase -o keylocation=file:///tmp/keys/passphrase $pool/changed
zfs create -o encryption=aes-256-ccm -o keyformat=hex -o keylocation=file:///tmp/keys/hex $pool/changed/inherits
numbers /mnt/tank/$pool/changed/inherits/file 20000
zfs change-key -i $pool/changed/inherits
# Other sizes of records, checksums and dedup, whose blocks carry MACs, too.
encrypt large aes-256-gcm hex -o recordsize=1M -o checksum=sha512 -o compression=zstd
yes zlive | head -c 1100000 >/mnt/tank/$pool/large/file
encrypt copies aes-256-gcm hex -o copies=2 -o dnodesize=auto -o xattr=sa
make_tiny /mnt/tank/$pool/copies
treetool bigxattr /mnt/tank/$pool/copies/numbers user.spill 1 5000
encrypt dedup aes-256-ccm hex -o dedup=on -o recordsize=16k
numbers /mnt/tank/$pool/dedup/one 70000
numbers /mnt/tank/$pool/dedup/two 70000
# A volume with a snapshot.
zfs create -V 4M -s -o snapdev=visible -o encryption=aes-192-gcm -o keyformat=hex -o keylocation=file:///tmp/keys/hex $pool/volume
udevadm settle
numbers /tmp/numbers 50000
dd if=/tmp/numbers of=/dev/zvol/$pool/volume bs=4k seek=100 2>/dev/null
sync
zfs snapshot $pool/volume@one
dd if=/tmp/numbers of=/dev/zvol/$pool/volume bs=4k seek=120 2>/dev/null
sync
# Sent raw, in whole and as an increment, and received under another name.
zfs send -w $pool/a256gcm/own/child@one | zfs receive -u $pool/raw
zfs send -w -i @one $pool/a256gcm/own/child@two | zfs receive -u $pool/raw
zfs set keylocation=file:///tmp/keys/other $pool/raw
# Its first mount brings what a raw stream leaves out: accounting, which changes its size.
zfs mount -l $pool/raw
sleep 3
zpool sync $pool
zfs unmount $pool/raw
zfs send -w $pool/volume@one | zfs receive -u $pool/rawvolume
zfs set keylocation=file:///tmp/keys/hex $pool/rawvolume
zfs set snapdev=visible $pool/rawvolume
wipe_free
prove() {
	fact "encrypted blocks" "encrypted" z -ddddddbbbbbb $pool/a256gcm
}
