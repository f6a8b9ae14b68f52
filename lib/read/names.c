/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"
#include "read/names.h"

void zr_names_init(struct zr_names *names, const struct zr_host *host)
{
	*names = (struct zr_names){ .host = host };
}

void zr_names_done(struct zr_names *names)
{
	if (!names->host)
		return;
	zr_free(names->host, names->text);
	zr_free(names->host, names->at);
}

/* Doubles an allocation of *size bytes that holds len until it takes more bytes. */
static int grow(const struct zr_host *host, void **mem, size_t *size, size_t len,
		size_t more)
{
	size_t want = *size ? *size : 1024;
	void *p;

	while (want < len + more)
		want *= 2;
	if (want == *size)
		return 0;
	p = zr_alloc(host, want);
	if (!p)
		return ZB_ENOMEM;
	if (len > 0)
		__builtin_memcpy(p, *mem, len);
	zr_free(host, *mem);
	*mem = p;
	*size = want;
	return 0;
}

int zr_names_add(struct zr_names *names, const char *name)
{
	size_t len = zb_text_len(name) + 1;
	size_t at_size = names->size * sizeof(*names->at);
	void *text = names->text, *at = names->at;
	int error;

	if (names->n == ZR_NAMES_MAX)
		return ZB_E2BIG;
	error = grow(names->host, &text, &names->text_size, names->text_len, len);
	names->text = text;
	if (!error)
		error = grow(names->host, &at, &at_size, names->n * sizeof(*names->at),
			     sizeof(*names->at));
	names->at = at;
	names->size = (uint32_t)(at_size / sizeof(*names->at));
	if (error)
		return error;
	__builtin_memcpy(names->text + names->text_len, name, len);
	names->at[names->n++] = (uint32_t)names->text_len;
	names->text_len += len;
	return 0;
}

static bool before(const struct zr_names *names, uint32_t a, uint32_t b)
{
	const char *x = names->text + names->at[a], *y = names->text + names->at[b];

	while (*x && *x == *y) {
		x++;
		y++;
	}
	return (unsigned char)*x < (unsigned char)*y;
}

static void swap(struct zr_names *names, uint32_t a, uint32_t b)
{
	uint32_t t = names->at[a];

	names->at[a] = names->at[b];
	names->at[b] = t;
}

static void sift(struct zr_names *names, uint32_t root, uint32_t n)
{
	uint32_t child;

	while ((child = 2 * root + 1) < n) {
		if (child + 1 < n && before(names, child, child + 1))
			child++;
		if (!before(names, root, child))
			return;
		swap(names, root, child);
		root = child;
	}
}

/* Heap sort: no recursion and no bad case that a hostile list could choose. */
void zr_names_sort(struct zr_names *names)
{
	for (uint32_t i = names->n / 2; i-- > 0;)
		sift(names, i, names->n);
	for (uint32_t n = names->n; n > 1; n--) {
		swap(names, 0, n - 1);
		sift(names, 0, n - 1);
	}
}
