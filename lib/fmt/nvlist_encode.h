/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_NVLIST_ENCODE_H
#define ZF_NVLIST_ENCODE_H

#include "fmt/nvlist.h"

/*
 * Writes a packed name-value list (layout in nvlist.h) into the caller's buffer, pair by pair.
 * Lists within the list are opened and closed like brackets. When the buffer is too small the
 * writer only counts: zf_nvw_finish() then returns ZB_E2BIG and len is what it would take.
 */
struct zf_nvw {
	uint8_t *buf;
	size_t size;
	size_t len;
	unsigned int depth;
	size_t open[ZF_NVLIST_MAX_DEPTH]; /* where each open list's pair starts */
};

void zf_nvw_init(struct zf_nvw *w, void *buf, size_t size);
void zf_nvw_boolean(struct zf_nvw *w, const char *name);
void zf_nvw_uint64(struct zf_nvw *w, const char *name, uint64_t value);
void zf_nvw_string(struct zf_nvw *w, const char *name, const char *value);
void zf_nvw_bytes(struct zf_nvw *w, const char *name, const void *value, size_t len);

/* A list, or a one-element array of lists, whose pairs follow until zf_nvw_close(). */
void zf_nvw_open(struct zf_nvw *w, const char *name);
void zf_nvw_open_array(struct zf_nvw *w, const char *name);
void zf_nvw_close(struct zf_nvw *w);

ZB_MUST_CHECK int zf_nvw_finish(struct zf_nvw *w);

#endif
