# SPDX-License-Identifier: BSD-2-Clause
# import: writable
# Properties that are set, inherited over several generations, received, and set over received ones.
zpool create -R /mnt/tank -O org.example:top=top -O compression=lz4 $pool $disk
zfs create -o org.example:own='with space' -o atime=off -o recordsize=32k $pool/a
zfs create $pool/a/b
zfs create -o compression=zstd-7 -o org.example:top=lower $pool/a/b/c
zfs create -o mountpoint=/elsewhere -o checksum=sha256 -o copies=2 $pool/a/b/c/d
zfs create -o canmount=noauto -o mountpoint=legacy -o exec=off $pool/a/b/c/e
zfs create $pool/source
zfs create -o org.example:sent=yes -o compression=gzip-3 -o atime=off -o recordsize=64k $pool/source/child
zfs create $pool/source/child/below
zfs set quota=50M $pool/source
zfs snapshot -r -o org.example:snap=shot $pool/source@s
zfs create -o compression=zle $pool/target
zfs send -R $pool/source@s | zfs receive -u $pool/target/all
zfs send -p $pool/source/child@s | zfs receive -u -o compression=lzjb -x atime $pool/target/some
zfs set recordsize=16k $pool/target/all/child
zfs inherit org.example:sent $pool/target/all/child
zfs set atime=on $pool/target/all/child/below
zfs inherit -S atime $pool/target/all/child/below
zfs create -V 1M -s -o compression=gzip $pool/a/volume
