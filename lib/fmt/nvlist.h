/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_NVLIST_H
#define ZF_NVLIST_H

#include "base/span.h"

/*
 * Packed name-value list in XDR (big-endian, everything padded to 4 bytes): labels, the pool's
 * config object, extended attributes in system attributes. Source: OpenZFS module/nvpair.
 *
 *	packed: u8 encoding (1: XDR)  u8 endian  u8 0  u8 0, then the list
 *	list:   u32 version (0)  u32 flags, pairs, u32 0  u32 0
 *	pair:   u32 encoded size  u32 decoded size  string name  u32 type  u32 elements  value
 *	string: u32 length, bytes, padding
 *
 * A value of type NVLIST is a list in place; NVLIST_ARRAY is `elements` lists in a row.
 */
#define ZF_NVLIST_HEADER    4
#define ZF_NVLIST_MAX_DEPTH 16
#define ZF_NVLIST_MAX_PAIRS 65536 /* in one list; the format has no limit */

enum zf_nv_type {
	ZF_NV_BOOLEAN = 1,
	ZF_NV_BYTE = 2,
	ZF_NV_INT16 = 3,
	ZF_NV_UINT16 = 4,
	ZF_NV_INT32 = 5,
	ZF_NV_UINT32 = 6,
	ZF_NV_INT64 = 7,
	ZF_NV_UINT64 = 8,
	ZF_NV_STRING = 9,
	ZF_NV_BYTE_ARRAY = 10,
	ZF_NV_INT16_ARRAY = 11,
	ZF_NV_UINT16_ARRAY = 12,
	ZF_NV_INT32_ARRAY = 13,
	ZF_NV_UINT32_ARRAY = 14,
	ZF_NV_INT64_ARRAY = 15,
	ZF_NV_UINT64_ARRAY = 16,
	ZF_NV_STRING_ARRAY = 17,
	ZF_NV_HRTIME = 18,
	ZF_NV_NVLIST = 19,
	ZF_NV_NVLIST_ARRAY = 20,
	ZF_NV_BOOLEAN_VALUE = 21,
	ZF_NV_INT8 = 22,
	ZF_NV_UINT8 = 23,
	ZF_NV_BOOLEAN_ARRAY = 24,
	ZF_NV_INT8_ARRAY = 25,
	ZF_NV_UINT8_ARRAY = 26,
};

/* A list, validated to its end by whichever function gave it. Not owned. */
struct zf_nvlist {
	struct zb_span pairs;
};

struct zf_nvpair {
	struct zb_span name; /* without a terminator */
	uint32_t type;	     /* enum zf_nv_type */
	uint32_t elements;
	struct zb_span value; /* raw XDR */
};

/*
 * The list in s, with the four bytes of packed header. Walks and checks all of it, so that the
 * functions below can fail only for what is absent or has another type. Bytes behind the end
 * of the list are ignored. ZB_ENOTSUP for the native encoding, ZB_E2BIG beyond the limits.
 */
ZB_MUST_CHECK int zf_nvlist_init(struct zb_span s, struct zf_nvlist *ret_list);

/*
 * Steps through the pairs: *pos starts at 0. Returns 1 with *ret_pair, 0 at the end, or a
 * negative error.
 */
ZB_MUST_CHECK int zf_nvlist_next(struct zf_nvlist list, size_t *pos,
				 struct zf_nvpair *ret_pair);

/* By name and type. ZB_ENOENT if there is none; the result is untouched on failure. */
ZB_MUST_CHECK int zf_nvlist_find(struct zf_nvlist list, const char *name, uint32_t type,
				 struct zf_nvpair *ret_pair);
ZB_MUST_CHECK int zf_nvlist_u64(struct zf_nvlist list, const char *name, uint64_t *ret_v);
ZB_MUST_CHECK int zf_nvlist_list(struct zf_nvlist list, const char *name,
				 struct zf_nvlist *ret_list);

/* Copies a string, terminated. ZB_E2BIG if it does not fit or has a zero byte inside. */
ZB_MUST_CHECK int zf_nvlist_string(struct zf_nvlist list, const char *name, char *buf,
				   size_t size);

/* True if there is a string of that name and it equals text. */
bool zf_nvlist_string_is(struct zf_nvlist list, const char *name, const char *text);

/* How many lists the array has (0 if there is none), and its element i. */
uint32_t zf_nvlist_array_count(struct zf_nvlist list, const char *name);
ZB_MUST_CHECK int zf_nvlist_array_at(struct zf_nvlist list, const char *name, uint32_t i,
				     struct zf_nvlist *ret_list);

/* The bytes of a BYTE_ARRAY or UINT8_ARRAY pair. */
ZB_MUST_CHECK int zf_nvpair_bytes(const struct zf_nvpair *pair,
				  struct zb_span *ret_bytes);

#endif
