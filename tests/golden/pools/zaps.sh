# SPDX-License-Identifier: BSD-2-Clause
# Directories: micro and fat ZAPs, deleted entries, long names, other kinds of name comparison.
zpool create -R /mnt/tank -o ashift=9 $pool $disk
cd /mnt/tank/$pool
mkdir micro fat long huge holes empty
treetool many micro 20 e
treetool links fat 3000 entry-
treetool many long 40 $(printf '%0200d' 1)
treetool links huge 9000 h
treetool links holes 2500 x
cd holes
ls | awk 'NR % 3' | xargs rm
cd ..
treetool links empty 2500 x
find empty -type f | xargs rm
cd /
zfs create -o casesensitivity=insensitive $pool/insensitive
zfs create -o casesensitivity=mixed $pool/mixed
zfs create -o normalization=formD $pool/formd
zfs create -o utf8only=on $pool/utf8
for d in insensitive mixed formd utf8; do
	cd /mnt/tank/$pool/$d
	treetool many . 60 Entry-
	printf x >"$(printf 'utf8-\303\251\342\202\254')"
	mkdir Sub
	treetool links Sub 1500 Name
	cd /
done
