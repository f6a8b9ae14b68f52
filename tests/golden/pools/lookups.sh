# SPDX-License-Identifier: BSD-2-Clause
# What OpenZFS itself finds under which name, in micro and in fat ZAPs of every kind of name
# look-up: the file "lookups" at the top has a line per question, "file system, name, inode or -".
# seconds: 600
zpool create -R /mnt/tank $pool $disk
answers=/mnt/tank/$pool/lookups
ask() {
	echo "$1	$2	$(stat -c %i "/mnt/tank/$pool/$1/$2" 2>/dev/null || echo -)" >>$answers
}
for case in sensitive insensitive mixed; do
	for form in none formC formD formKC formKD; do
		fs=$case-$form
		zfs create -o casesensitivity=$case -o normalization=$form $pool/$fs
		mkdir /mnt/tank/$pool/$fs/fat
		: >"/mnt/tank/$pool/$fs/fat/too-long-for-a-micro-zap-whose-names-end-at-forty-nine-bytes"
		treetool many /mnt/tank/$pool/$fs/fat 40 Filler-
		for dir in . fat; do
			cd /mnt/tank/$pool/$fs/$dir
			for name in Mixed.TXT 'caf\303\251' '\357\254\201ne' '\342\204\253ngstr\303\266m' \
				'stra\303\237e' '\316\243\316\257\317\203\317\205\317\206\316\277\317\202' \
				'\355\225\234\352\270\200' '\302\265m' '\304\261\304\260i'; do
				: >"$(printf "$name")"
			done
			[ $case = insensitive ] || : >mIXED.txt
		done
		cd /
		for dir in . fat; do
			for name in Mixed.TXT mixed.txt mIXED.txt MIXED.TXT mixed 'caf\303\251' 'cafe\314\201' 'CAF\303\211' \
				'CAFE\314\201' cafe '\357\254\201ne' fine FINE '\303\205ngstr\303\266m' \
				'A\314\212ngstro\314\210m' '\303\245NGSTR\303\226M' 'stra\303\237e' STRASSE 'STRA\303\237E' \
				'\316\243\316\257\317\203\317\205\317\206\316\277\317\202' \
				'\316\243\316\212\316\243\316\245\316\246\316\237\316\243' \
				'\341\204\222\341\205\241\341\206\253\341\204\200\341\205\263\341\206\257' \
				'\302\265m' '\316\274m' '\316\234M' '\304\261\304\260i' 'I\304\260I' Filler-000007 filler-000007; do
				ask $fs "$dir/$(printf "$name")"
			done
		done
	done
done
