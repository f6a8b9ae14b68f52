/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fuzz/pax_check.h"
#include <string.h>
#include "tests/fuzz/fuzz.h"

#define BLOCK	   512
#define RECORD	   10240
#define NO_SIZE	   UINT64_MAX
#define MAX_NAMES  4096 /* that a hard link may have; later ones are not looked up */
#define MAX_RANGES (1U << 21)
#define MAX_LINE   40

/* What the records of a header of type x say of the entry behind it. */
struct extended {
	struct zb_span path, link, sparse_name;
	uint64_t size, real_size;
	bool sparse;
};

struct check {
	struct zb_span in;
	size_t at;
	bool complete;
	struct extended x;
	struct zb_span names[MAX_NAMES];
	size_t n_names;
};

static bool equal(struct zb_span a, struct zb_span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static bool is(struct zb_span a, const char *text)
{
	return equal(a, zb_span((const uint8_t *)text, strlen(text)));
}

/* The next len bytes; false if an archive that is not complete ends before. */
static bool take(struct check *c, uint64_t len, struct zb_span *ret)
{
	if (len > c->in.len - c->at) {
		FUZZ_ASSERT(!c->complete);
		return false;
	}
	*ret = zb_span(c->in.ptr + c->at, (size_t)len);
	c->at += (size_t)len;
	return true;
}

/* ---- numbers ---- */

static uint64_t decimal(struct zb_span text)
{
	uint64_t v = 0;

	FUZZ_ASSERT(text.len > 0 && text.len <= 20);
	for (size_t i = 0; i < text.len; i++) {
		FUZZ_ASSERT(text.ptr[i] >= '0' && text.ptr[i] <= '9');
		FUZZ_ASSERT(v <= (UINT64_MAX - (text.ptr[i] - '0')) / 10);
		v = v * 10 + (text.ptr[i] - '0');
	}
	return v;
}

/* Digits up to a zero or a space. */
static uint64_t octal(const uint8_t *field, size_t size)
{
	uint64_t v = 0;
	size_t i = 0;

	for (; i < size && field[i] != '\0' && field[i] != ' '; i++) {
		FUZZ_ASSERT(field[i] >= '0' && field[i] <= '7');
		v = v << 3 | (field[i] - '0');
	}
	FUZZ_ASSERT(i > 0);
	return v;
}

/* "-12.000000001" */
static void check_time(struct zb_span t)
{
	size_t i = t.len > 0 && t.ptr[0] == '-', digits = i;
	bool dot = false;

	for (; i < t.len; i++) {
		FUZZ_ASSERT((t.ptr[i] >= '0' && t.ptr[i] <= '9') ||
			    (t.ptr[i] == '.' && !dot && i > digits));
		dot |= t.ptr[i] == '.';
	}
	FUZZ_ASSERT(t.len > digits && t.ptr[t.len - 1] != '.');
}

/* ---- records ---- */

static void see_record(struct extended *x, struct zb_span key, struct zb_span value)
{
	FUZZ_ASSERT(key.len > 0);
	if (is(key, "path"))
		x->path = value;
	else if (is(key, "linkpath"))
		x->link = value;
	else if (is(key, "size"))
		x->size = decimal(value);
	else if (is(key, "uid") || is(key, "gid"))
		FUZZ_ASSERT(decimal(value) <= UINT32_MAX);
	else if (is(key, "mtime") || is(key, "atime") || is(key, "ctime"))
		check_time(value);
	else if (is(key, "GNU.sparse.major"))
		x->sparse = decimal(value) == 1;
	else if (is(key, "GNU.sparse.minor"))
		FUZZ_ASSERT(decimal(value) == 0);
	else if (is(key, "GNU.sparse.realsize"))
		x->real_size = decimal(value);
	else if (is(key, "GNU.sparse.name"))
		x->sparse_name = value;
	else if (is(key, "hdrcharset"))
		FUZZ_ASSERT(is(value, "BINARY"));
	else
		FUZZ_ASSERT(key.len > 7 && memcmp(key.ptr, "SCHILY.", 7) == 0);
}

/* "LENGTH KEY=VALUE\n", one after the other, to the last byte. */
static void see_records(struct extended *x, struct zb_span s)
{
	while (s.len > 0) {
		const uint8_t *space = memchr(s.ptr, ' ', s.len), *key, *eq;
		uint64_t len;

		FUZZ_ASSERT(space);
		len = decimal(zb_span(s.ptr, (size_t)(space - s.ptr)));
		key = space + 1;
		FUZZ_ASSERT(len <= s.len && s.ptr + len > key && s.ptr[len - 1] == '\n');
		eq = memchr(key, '=', (size_t)(s.ptr + len - key));
		FUZZ_ASSERT(eq);
		see_record(x, zb_span(key, (size_t)(eq - key)),
			   zb_span(eq + 1, (size_t)(s.ptr + len - 1 - (eq + 1))));
		s = zb_span(s.ptr + len, s.len - (size_t)len);
	}
}

/* ---- names ---- */

static struct zb_span text_field(const uint8_t *field, size_t size)
{
	const uint8_t *end = memchr(field, '\0', size);

	return zb_span(field, end ? (size_t)(end - field) : size);
}

/* ".", or "./" and names behind it, none of which leads up. */
static void check_path(struct zb_span path)
{
	size_t from = 0;

	FUZZ_ASSERT(path.len > 0 && !memchr(path.ptr, '\0', path.len));
	FUZZ_ASSERT(path.ptr[0] == '.' && (path.len == 1 || path.ptr[1] == '/'));
	for (size_t i = 0; i <= path.len; i++) {
		if (i < path.len && path.ptr[i] != '/')
			continue;
		FUZZ_ASSERT(i > from || i == path.len);
		FUZZ_ASSERT(!is(zb_span(path.ptr + from, i - from), ".."));
		from = i + 1;
	}
}

static bool is_known(const struct check *c, struct zb_span name)
{
	for (size_t i = 0; i < c->n_names; i++)
		if (equal(c->names[i], name))
			return true;
	return c->n_names == MAX_NAMES;
}

/* ---- entries ---- */

/* A line of a sparse file's map. */
static bool next_number(const uint8_t *map, size_t len, size_t *at, uint64_t *ret)
{
	const uint8_t *end = memchr(map + *at, '\n', len - *at);

	if (!end)
		return false;
	*ret = decimal(zb_span(map + *at, (size_t)(end - (map + *at))));
	*at = (size_t)(end - map) + 1;
	return true;
}

/* GNU tar's format 1.0: number of ranges, then offset and length of each, padded to a block. */
static void check_map(const struct check *c, struct zb_span data, uint64_t size)
{
	uint64_t n, offset, len, end = 0, sum = 0;
	size_t at = 0;

	if (!next_number(data.ptr, data.len, &at, &n)) {
		FUZZ_ASSERT(!c->complete);
		return;
	}
	FUZZ_ASSERT(n <= MAX_RANGES);
	for (uint64_t i = 0; i < n; i++) {
		if (!next_number(data.ptr, data.len, &at, &offset) ||
		    !next_number(data.ptr, data.len, &at, &len)) {
			FUZZ_ASSERT(!c->complete);
			return;
		}
		FUZZ_ASSERT(offset >= end && len <= c->x.real_size - offset);
		FUZZ_ASSERT(offset <= c->x.real_size);
		end = offset + len;
		sum += len;
	}
	FUZZ_ASSERT(end <= c->x.real_size);
	FUZZ_ASSERT((at + BLOCK - 1) / BLOCK * BLOCK + sum == size);
}

static void check_checksum(const uint8_t *h)
{
	unsigned int sum = 0;

	for (unsigned int i = 0; i < BLOCK; i++)
		sum += i >= 148 && i < 156 ? ' ' : h[i];
	FUZZ_ASSERT(octal(h + 148, 8) == sum);
}

/* Header x; false at the end of an archive that is not complete. */
static bool see_extended(struct check *c, uint64_t size)
{
	struct zb_span s, padding;

	FUZZ_ASSERT(c->x.size == NO_SIZE && !c->x.path.ptr && !c->x.sparse);
	if (!take(c, size, &s) || !take(c, (BLOCK - size % BLOCK) % BLOCK, &padding))
		return false;
	see_records(&c->x, s);
	return true;
}

static bool see_data(struct check *c, char type, uint64_t size)
{
	uint64_t whole;
	struct zb_span s;

	if (type != '0') {
		FUZZ_ASSERT(size == 0 && !c->x.sparse);
		return true;
	}
	FUZZ_ASSERT(zb_add64(size, (BLOCK - size % BLOCK) % BLOCK, &whole));
	if (whole > c->in.len - c->at) {
		FUZZ_ASSERT(!c->complete);
		return false;
	}
	if (!take(c, whole, &s))
		return false;
	if (c->x.sparse)
		check_map(c, s, size);
	return true;
}

static bool see_entry(struct check *c, const uint8_t *h, uint64_t size)
{
	struct zb_span path = c->x.sparse_name.ptr ? c->x.sparse_name
			      : c->x.path.ptr	   ? c->x.path
						   : text_field(h, 100);
	struct zb_span link = c->x.link.ptr ? c->x.link : text_field(h + 157, 100);
	char type = (char)h[156];

	FUZZ_ASSERT(type >= '0' && type <= '6');
	check_path(path);
	FUZZ_ASSERT((path.ptr[path.len - 1] == '/') == (type == '5'));
	if (type == '1') {
		check_path(link);
		FUZZ_ASSERT(is_known(c, link));
	}
	if (c->n_names < MAX_NAMES)
		c->names[c->n_names++] = path;
	if (!see_data(c, type, c->x.size != NO_SIZE ? c->x.size : size))
		return false;
	c->x = (struct extended){ .size = NO_SIZE };
	return true;
}

/* From the first block of zeros on. */
static void check_end(const struct check *c, size_t from)
{
	for (size_t i = from; i < c->in.len; i++)
		FUZZ_ASSERT(c->in.ptr[i] == 0);
	FUZZ_ASSERT(c->in.len - from >= 2 * BLOCK);
	FUZZ_ASSERT(c->in.len % RECORD == 0);
}

void pax_check(struct zb_span archive, bool complete)
{
	static const uint8_t zeros[BLOCK];
	static struct check c;
	struct zb_span h;
	uint64_t size;

	memset(&c, 0, sizeof(c));
	c.in = archive;
	c.complete = complete;
	c.x.size = NO_SIZE;
	while (take(&c, BLOCK, &h)) {
		if (memcmp(h.ptr, zeros, BLOCK) == 0) {
			FUZZ_ASSERT(complete);
			check_end(&c, c.at - BLOCK);
			return;
		}
		check_checksum(h.ptr);
		FUZZ_ASSERT(memcmp(h.ptr + 257, "ustar\00000", 8) == 0);
		for (unsigned int i = 100; i < 124; i += 8)
			octal(h.ptr + i, 8);
		octal(h.ptr + 136, 12);
		size = octal(h.ptr + 124, 12);
		if (h.ptr[156] == 'x' ? !see_extended(&c, size)
				      : !see_entry(&c, h.ptr, size))
			return;
	}
}
