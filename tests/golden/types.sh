# SPDX-License-Identifier: BSD-2-Clause
# Every type of file, and names, times and modes that are easy to get wrong.
make_types() (
	cd "$1"
	umask 022
	mkdir -p dir/deep/er empty
	echo hello >hello
	: >empty-file
	treetool fill text text 1 150000
	treetool fill random random 2 20001
	between=' is one, and the next of these many numbers in this file is '
	seq -s "$between" 1 3000 | head -c 131072 >dir/exact
	seq -s "$between" 5000 8000 | head -c 131073 >dir/one-more
	treetool fill dir/deep/er/small random 5 777
	ln hello dir/hard-link
	ln hello dir/deep/other-link
	ln -s hello symlink
	ln -s "$(seq -s / 1 120)" dir/long-symlink
	ln -s "$(seq -s / 1 900 | cut -c 1-3000)" dir/longer-symlink
	ln -s /no/such dangling
	mknod char c 5 1
	mknod block b 259 1048575
	mkfifo fifo
	treetool fill sparse random 6 4096 10000000
	treetool fill sparse random 7 9000 300000
	truncate -s 20000000 sparse
	truncate -s 5000000 all-hole
	printf x >'name with space'
	printf x >"$(printf 'latin1-\351')"
	printf x >"$(printf 'utf8-\303\251\342\202\254')"
	printf x >"$(printf 'new\nline')"
	printf x >"$(printf '%0250d' 7)"
	chown 1000:1001 hello
	chown -h 65534:4294967294 symlink
	chmod 4755 text
	chmod 2711 dir
	chmod 1777 empty
	chmod 0000 random
	treetool time text 1234567890 987654321
	treetool time symlink 1 1
	treetool time random -5 999999999
	treetool time dir 4102444800 1
)
