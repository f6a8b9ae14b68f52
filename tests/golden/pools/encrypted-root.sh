# SPDX-License-Identifier: BSD-2-Clause
# Encryption from the pool's own file system down; one below it is in the clear.
mkdir -p /tmp/keys
echo 'zlive golden pool' >/tmp/keys/passphrase
zpool create -R /mnt/tank -O encryption=on -O keyformat=passphrase -O keylocation=file:///tmp/keys/passphrase \
	-O compression=zstd -O acltype=posix -O xattr=sa $pool $disk
make_content /mnt/tank/$pool
zfs create $pool/child
numbers /mnt/tank/$pool/child/file 20000
zfs create -o encryption=off $pool/clear
numbers /mnt/tank/$pool/clear/file 20000
zfs snapshot -r $pool@all
wipe_free
