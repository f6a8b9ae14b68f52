/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"
#include "base/sort.h"
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
	zr_free(names->host, names->values);
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

/* Room for one more name in both arrays, which have the same number of elements. */
static int grow_arrays(struct zr_names *names)
{
	size_t at_size = names->size * sizeof(*names->at);
	size_t values_size = names->size * sizeof(*names->values);
	void *at = names->at, *values = names->values;
	int error;

	if (names->n < names->size)
		return 0;
	error = grow(names->host, &at, &at_size, at_size, sizeof(*names->at));
	names->at = at;
	if (error)
		return error;
	/* Twice as large an element wants twice the first allocation. */
	error = grow(names->host, &values, &values_size, values_size,
		     at_size / sizeof(*names->at) * sizeof(*names->values) - values_size);
	names->values = values;
	if (error)
		return error;
	names->size = (uint32_t)(at_size / sizeof(*names->at));
	return 0;
}

int zr_names_add(struct zr_names *names, const char *name, uint64_t value)
{
	size_t len = zb_text_len(name) + 1;
	void *text = names->text;
	int error;

	if (names->n == ZR_NAMES_MAX)
		return ZB_E2BIG;
	error = grow(names->host, &text, &names->text_size, names->text_len, len);
	names->text = text;
	if (!error)
		error = grow_arrays(names);
	if (error)
		return error;
	__builtin_memcpy(names->text + names->text_len, name, len);
	names->at[names->n] = (uint32_t)names->text_len;
	names->values[names->n] = value;
	names->n++;
	names->text_len += len;
	return 0;
}

/* ---- sorting ---- */

static bool name_before(void *ctx, size_t a, size_t b)
{
	const struct zr_names *names = ctx;
	const char *x = names->text + names->at[a], *y = names->text + names->at[b];

	while (*x && *x == *y) {
		x++;
		y++;
	}
	return (unsigned char)*x < (unsigned char)*y;
}

static void name_swap(void *ctx, size_t a, size_t b)
{
	struct zr_names *names = ctx;
	uint32_t t = names->at[a];

	names->at[a] = names->at[b];
	names->at[b] = t;
}

static bool value_before(void *ctx, size_t a, size_t b)
{
	const struct zr_names *names = ctx;

	return names->values[a] < names->values[b];
}

static void value_swap(void *ctx, size_t a, size_t b)
{
	struct zr_names *names = ctx;
	uint64_t t = names->values[a];

	names->values[a] = names->values[b];
	names->values[b] = t;
}

void zr_names_sort(struct zr_names *names)
{
	zb_sort(&(struct zb_sort){ names, name_before, name_swap }, names->n);
}

bool zr_names_share_value(struct zr_names *names)
{
	zb_sort(&(struct zb_sort){ names, value_before, value_swap }, names->n);
	for (uint32_t i = 1; i < names->n; i++)
		if (names->values[i] == names->values[i - 1])
			return true;
	return false;
}
