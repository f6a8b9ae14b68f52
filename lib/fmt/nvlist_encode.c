/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/nvlist_encode.h"

#define NV_ENCODE_XDR  1
#define NV_LITTLE      1
#define NV_UNIQUE_NAME 1

/* Sizes of OpenZFS's structures in memory on 64-bit machines: "decoded size" counts them. */
#define NVPAIR_SIZE    16
#define NVLIST_SIZE    24
#define NVPTR_SIZE     8

static void put(struct zf_nvw *w, const void *p, size_t len)
{
	size_t padded = zb_align_up(len, 4);

	if (w->len + padded <= w->size) {
		__builtin_memset(w->buf + w->len, 0, padded);
		__builtin_memcpy(w->buf + w->len, p, len);
	}
	w->len += padded;
}

static size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static void put32(struct zf_nvw *w, uint32_t v)
{
	uint8_t b[4];

	zb_store32(b, ZB_BE, v);
	put(w, b, sizeof(b));
}

/* Starts a pair; its encoded size is filled in by pair_end(). */
static size_t pair_begin(struct zf_nvw *w, const char *name, uint32_t type,
			 uint32_t elements, size_t native)
{
	size_t start = w->len, len = length(name);

	put32(w, 0);
	put32(w, zb_align_up(NVPAIR_SIZE + len + 1, 8) + zb_align_up(native, 8));
	put32(w, len);
	put(w, name, len);
	put32(w, type);
	put32(w, elements);
	return start;
}

static void pair_end(struct zf_nvw *w, size_t start)
{
	if (w->len <= w->size)
		zb_store32(w->buf + start, ZB_BE, w->len - start);
}

static void list_begin(struct zf_nvw *w)
{
	put32(w, 0);
	put32(w, NV_UNIQUE_NAME);
}

void zf_nvw_init(struct zf_nvw *w, void *buf, size_t size)
{
	const uint8_t head[ZF_NVLIST_HEADER] = { NV_ENCODE_XDR, NV_LITTLE, 0, 0 };

	*w = (struct zf_nvw){ .buf = buf, .size = size };
	put(w, head, sizeof(head));
	list_begin(w);
}

void zf_nvw_boolean(struct zf_nvw *w, const char *name)
{
	pair_end(w, pair_begin(w, name, ZF_NV_BOOLEAN, 0, 0));
}

void zf_nvw_uint64(struct zf_nvw *w, const char *name, uint64_t value)
{
	size_t start = pair_begin(w, name, ZF_NV_UINT64, 1, 8);

	put32(w, value >> 32);
	put32(w, (uint32_t)value);
	pair_end(w, start);
}

void zf_nvw_string(struct zf_nvw *w, const char *name, const char *value)
{
	size_t len = length(value);
	size_t start = pair_begin(w, name, ZF_NV_STRING, 1, len + 1);

	put32(w, len);
	put(w, value, len);
	pair_end(w, start);
}

void zf_nvw_bytes(struct zf_nvw *w, const char *name, const void *value, size_t len)
{
	size_t start = pair_begin(w, name, ZF_NV_BYTE_ARRAY, len, len);

	put(w, value, len);
	pair_end(w, start);
}

static void open_list(struct zf_nvw *w, const char *name, uint32_t type, size_t native)
{
	w->open[w->depth++] = pair_begin(w, name, type, 1, native);
	list_begin(w);
}

void zf_nvw_open(struct zf_nvw *w, const char *name)
{
	open_list(w, name, ZF_NV_NVLIST, NVLIST_SIZE);
}

void zf_nvw_open_array(struct zf_nvw *w, const char *name)
{
	open_list(w, name, ZF_NV_NVLIST_ARRAY, NVPTR_SIZE + NVLIST_SIZE);
}

void zf_nvw_close(struct zf_nvw *w)
{
	put32(w, 0);
	put32(w, 0);
	pair_end(w, w->open[--w->depth]);
}

int zf_nvw_finish(struct zf_nvw *w)
{
	put32(w, 0);
	put32(w, 0);
	return w->len <= w->size ? 0 : ZB_E2BIG;
}
