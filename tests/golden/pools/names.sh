# SPDX-License-Identifier: BSD-2-Clause
# Ways to look names up: with and without case, by each normal form of Unicode; names in UTF-8 alone.
zpool create -R /mnt/tank $pool $disk
make_names() {
	cd /mnt/tank/$pool/$1
	printf 'composed' >"$(printf 'caf\303\251')"
	printf 'ligature' >"$(printf '\357\254\201ne')"
	printf 'angstrom' >"$(printf '\342\204\253ngstr\303\266m')"
	printf 'sharp s' >"$(printf 'stra\303\237e')"
	printf 'greek' >"$(printf '\316\243\316\257\317\203\317\205\317\206\316\277\317\202')"
	printf 'hangul' >"$(printf '\355\225\234\352\270\200')"
	printf 'Mixed' >MixedCase.TXT
	mkdir Directory
	printf 'in' >Directory/Inside
	cd /
}
for case in sensitive insensitive mixed; do
	for form in none formC formD formKC formKD; do
		zfs create -o casesensitivity=$case -o normalization=$form $pool/$case-$form
		make_names $case-$form
	done
done
zfs create -o utf8only=on $pool/utf8only
make_names utf8only
for d in sensitive-none sensitive-formD utf8only; do
	printf 'decomposed' >"/mnt/tank/$pool/$d/$(printf 'cafe\314\201')"
done
printf 'upper' >/mnt/tank/$pool/mixed-none/MIXEDCASE.txt
