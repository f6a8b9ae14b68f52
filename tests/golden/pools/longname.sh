# SPDX-License-Identifier: BSD-2-Clause
# Names of files up to 1023 bytes.
zpool create -R /mnt/tank -O longname=on $pool $disk
cd /mnt/tank/$pool
for n in 1 254 255 256 257 500 1000 1022 1023; do
	name=$(printf '%0*d' $n $n)
	echo $n >$name
done
mkdir $(printf 'd%0600d' 1)
cd $(printf 'd%0600d' 1)
for n in $(seq 1 60); do echo $n >$(printf 'f%0*d' $((200 + n * 13)) $n); done
mkdir $(printf 'D%0900d' 2)
cd $(printf 'D%0900d' 2)
echo deep >file
cd /
zfs create -o longname=off $pool/off
echo short >/mnt/tank/$pool/off/$(printf '%0255d' 7)
