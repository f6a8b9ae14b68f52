/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/export/pax.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cmd/look.h"

/*
 * ustar: 0 name[100]  100 mode[8]  108 uid[8]  116 gid[8]  124 size[12]  136 mtime[12]
 *	148 checksum[8]  156 type  157 linkname[100]  257 "ustar\0" "00"  265 uname[32]
 *	297 gname[32]  329 devmajor[8]  337 devminor[8]  345 prefix[155]
 */
#define NAME_MAX_USTAR 100
#define ID_MAX_USTAR   07777777
#define SIZE_MAX_USTAR 077777777777ULL
#define RDEV_MINOR     20 /* bits of the minor number, as Linux's own dev_t has them */

enum {
	TYPE_FILE = '0',
	TYPE_HARD = '1',
	TYPE_SYMLINK = '2',
	TYPE_CHAR = '3',
	TYPE_BLOCK = '4',
	TYPE_DIR = '5',
	TYPE_FIFO = '6',
	TYPE_PAX = 'x',
};

void pax_buf_add(struct pax_buf *b, const void *p, size_t len)
{
	size_t size = b->size ? b->size : 4096;
	uint8_t *data;

	while (size - b->len < len)
		size *= 2;
	if (size != b->size) {
		data = realloc(b->data, size);
		if (!data) {
			b->failed = true;
			return;
		}
		b->data = data;
		b->size = size;
	}
	memcpy(b->data + b->len, p, len);
	b->len += len;
}

void pax_buf_done(struct pax_buf *b)
{
	free(b->data);
	*b = (struct pax_buf){ 0 };
}

static void add_padding(struct pax_buf *b)
{
	static const uint8_t zeros[PAX_BLOCK];

	if (b->len % PAX_BLOCK)
		pax_buf_add(b, zeros, PAX_BLOCK - b->len % PAX_BLOCK);
}

void pax_record(struct pax_buf *out, const char *key, const void *value, size_t len)
{
	size_t rest = strlen(key) + len + 3, total = rest + 1; /* " =\n", one digit */
	char head[32];

	/* The length counts its own digits. */
	while ((size_t)snprintf(head, sizeof(head), "%zu", total) + rest != total)
		total++;
	pax_buf_add(out, head, strlen(head));
	pax_buf_add(out, " ", 1);
	pax_buf_add(out, key, strlen(key));
	pax_buf_add(out, "=", 1);
	pax_buf_add(out, value, len);
	pax_buf_add(out, "\n", 1);
}

static void record_text(struct pax_buf *out, const char *key, const char *value)
{
	pax_record(out, key, value, strlen(value));
}

static void record_u64(struct pax_buf *out, const char *key, uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, v);
	record_text(out, key, text);
}

/* Seconds with a fraction; before 1970 both count backwards. */
static void record_time(struct pax_buf *out, const char *key, const struct zr_time *t)
{
	bool minus = t->sec < 0;
	uint64_t sec = minus ? 0 - (uint64_t)t->sec : (uint64_t)t->sec;
	uint32_t nsec = t->nsec;
	char text[48];

	if (minus && nsec > 0) {
		sec--;
		nsec = 1000000000 - nsec;
	}
	snprintf(text, sizeof(text), nsec ? "%s%" PRIu64 ".%09u" : "%s%" PRIu64,
		 minus ? "-" : "", sec, nsec);
	record_text(out, key, text);
}

/* ---- the ustar header ---- */

static void put_octal(char *field, unsigned int digits, uint64_t v)
{
	for (unsigned int i = digits; i-- > 0; v >>= 3)
		field[i] = (char)('0' + (v & 7));
}

static void put_text(char *field, size_t size, const char *text)
{
	size_t len = strlen(text);

	memcpy(field, text, len < size ? len : size);
}

static void put_checksum(char *h)
{
	unsigned int sum = 0;

	memset(h + 148, ' ', 8);
	for (unsigned int i = 0; i < PAX_BLOCK; i++)
		sum += (unsigned char)h[i];
	put_octal(h + 148, 6, sum);
	h[154] = '\0';
}

static uint64_t fitting(uint64_t v, uint64_t most)
{
	return v <= most ? v : 0;
}

struct ustar {
	char type;
	const char *name, *link;
	uint32_t mode;
	uint64_t uid, gid, size, mtime, rdev;
};

static void add_ustar(struct pax_buf *out, const struct ustar *u)
{
	char h[PAX_BLOCK] = { 0 };

	put_text(h, NAME_MAX_USTAR, u->name);
	put_octal(h + 100, 7, u->mode);
	put_octal(h + 108, 7, fitting(u->uid, ID_MAX_USTAR));
	put_octal(h + 116, 7, fitting(u->gid, ID_MAX_USTAR));
	put_octal(h + 124, 11, fitting(u->size, SIZE_MAX_USTAR));
	put_octal(h + 136, 11, fitting(u->mtime, SIZE_MAX_USTAR));
	h[156] = u->type;
	if (u->link)
		put_text(h + 157, NAME_MAX_USTAR, u->link);
	memcpy(h + 257, "ustar\00000", 8);
	if (u->type == TYPE_CHAR || u->type == TYPE_BLOCK) {
		put_octal(h + 329, 7, u->rdev >> RDEV_MINOR & 0xfff);
		put_octal(h + 337, 7, u->rdev & ((1U << RDEV_MINOR) - 1));
	}
	put_checksum(h);
	pax_buf_add(out, h, sizeof(h));
}

static char type_of(const struct pax_entry *e)
{
	if (e->hard)
		return TYPE_HARD;
	switch (e->st->mode & S_IFMT) {
	case S_IFDIR:
		return TYPE_DIR;
	case S_IFLNK:
		return TYPE_SYMLINK;
	case S_IFCHR:
		return TYPE_CHAR;
	case S_IFBLK:
		return TYPE_BLOCK;
	case S_IFIFO:
		return TYPE_FIFO;
	default:
		return TYPE_FILE;
	}
}

/* ---- the records ---- */

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

static bool is_utf8(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n;

	for (; *p; p += n) {
		n = look_utf8_len(p);
		if (n == 0)
			return false;
	}
	return true;
}

/* ustar says nothing of the bytes beyond ASCII; pax says UTF-8. */
static bool wants_record(const char *name)
{
	return name && (strlen(name) > NAME_MAX_USTAR || !is_ascii(name));
}

static void add_names(struct pax_buf *out, const struct pax_entry *e)
{
	const char *key = e->sparse ? "GNU.sparse.name" : "path";

	if (!is_utf8(e->path) || (e->link && !is_utf8(e->link)))
		record_text(out, "hdrcharset", "BINARY");
	if (e->sparse || wants_record(e->path))
		record_text(out, key, e->path);
	if (wants_record(e->link))
		record_text(out, "linkpath", e->link);
}

static void add_records(struct pax_buf *out, const struct pax_entry *e)
{
	const struct zr_stat *st = e->st;

	add_names(out, e);
	if (st->mtime.nsec || st->mtime.sec < 0 ||
	    (uint64_t)st->mtime.sec > SIZE_MAX_USTAR)
		record_time(out, "mtime", &st->mtime);
	record_time(out, "atime", &st->atime);
	record_time(out, "ctime", &st->ctime);
	if (st->uid > ID_MAX_USTAR)
		record_u64(out, "uid", st->uid);
	if (st->gid > ID_MAX_USTAR)
		record_u64(out, "gid", st->gid);
	if (e->size > SIZE_MAX_USTAR)
		record_u64(out, "size", e->size);
	if (e->sparse) {
		record_u64(out, "GNU.sparse.major", 1);
		record_u64(out, "GNU.sparse.minor", 0);
		record_u64(out, "GNU.sparse.realsize", st->size);
	}
	if (e->records && e->records->len > 0)
		pax_buf_add(out, e->records->data, e->records->len);
}

/* A name for who does not know pax: "./PaxHeaders/BASE", "./GNUSparseFile.0/BASE". */
static void plain_name(char *buf, size_t size, const char *folder, const char *path)
{
	size_t len = strlen(path), from;

	while (len > 1 && path[len - 1] == '/')
		len--;
	for (from = len; from > 0 && path[from - 1] != '/';)
		from--;
	snprintf(buf, size, "./%s/%.*s", folder, (int)(len - from), path + from);
}

void pax_header(struct pax_buf *out, const struct pax_entry *e)
{
	const struct zr_stat *st = e->st;
	char name[NAME_MAX_USTAR + 1];
	struct pax_buf records = { 0 };
	struct ustar u = { .type = type_of(e),
			   .name = e->path,
			   .link = e->link,
			   .mode = st->mode & 07777,
			   .uid = st->uid,
			   .gid = st->gid,
			   .size = e->size,
			   .mtime = st->mtime.sec > 0 ? (uint64_t)st->mtime.sec : 0,
			   .rdev = st->rdev };

	plain_name(name, sizeof(name), "PaxHeaders", e->path);
	add_records(&records, e);
	add_ustar(out, &(struct ustar){ .type = TYPE_PAX,
					.name = name,
					.mode = 0644,
					.size = records.len });
	pax_buf_add(out, records.data, records.len);
	add_padding(out);
	out->failed |= records.failed;
	pax_buf_done(&records);
	if (e->sparse) {
		plain_name(name, sizeof(name), "GNUSparseFile.0", e->path);
		u.name = name;
	}
	add_ustar(out, &u);
}

void pax_sparse_map(struct pax_buf *out, const struct pax_range *ranges, size_t n,
		    uint64_t size)
{
	/* A hole at the end is told by an empty range there. */
	bool ends_in_hole = n == 0 || ranges[n - 1].offset + ranges[n - 1].len < size;
	char text[64];

	snprintf(text, sizeof(text), "%zu\n", n + ends_in_hole);
	pax_buf_add(out, text, strlen(text));
	for (size_t i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%" PRIu64 "\n%" PRIu64 "\n",
			 ranges[i].offset, ranges[i].len);
		pax_buf_add(out, text, strlen(text));
	}
	if (ends_in_hole) {
		snprintf(text, sizeof(text), "%" PRIu64 "\n0\n", size);
		pax_buf_add(out, text, strlen(text));
	}
	add_padding(out);
}
