/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/nvlist.h"

enum {
	ENCODING_XDR = 1,
	LIST_HEADER = 8, /* version, flags */
	PAIR_HEADER = 8, /* encoded size, decoded size */
	PAIR_SIZE_MIN = 20,
};

static int get_u32(struct zb_span s, uint64_t off, uint32_t *ret_v)
{
	return zb_span_u32(s, off, ZB_BE, ret_v);
}

/* A counted string or opaque at *off of s; *off moves behind its padding. */
static int get_bytes(struct zb_span s, uint64_t *off, uint64_t len, struct zb_span *ret_s)
{
	if (len > s.len || zb_span_sub(s, *off, len, ret_s))
		return ZB_ECORRUPT;
	*off += zb_align_up(len, 4);
	return *off > s.len ? ZB_ECORRUPT : 0;
}

static int get_string(struct zb_span s, uint64_t *off, struct zb_span *ret_s)
{
	uint32_t len;

	if (get_u32(s, *off, &len))
		return ZB_ECORRUPT;
	*off += 4;
	return get_bytes(s, off, len, ret_s);
}

/* Decodes the pair at *pos; *pos moves behind it. 1: a pair, 0: the end of the list. */
static int get_pair(struct zb_span s, uint64_t *pos, struct zf_nvpair *ret_pair)
{
	struct zf_nvpair pair = { 0 };
	struct zb_span body;
	uint32_t size, decoded;
	uint64_t off = PAIR_HEADER;

	if (get_u32(s, *pos, &size) || get_u32(s, *pos + 4, &decoded))
		return ZB_ECORRUPT;
	if (size == 0 && decoded == 0) {
		*pos += PAIR_HEADER;
		return 0;
	}
	if (size < PAIR_SIZE_MIN || zb_span_sub(s, *pos, size, &body))
		return ZB_ECORRUPT;
	if (get_string(body, &off, &pair.name) || get_u32(body, off, &pair.type) ||
	    get_u32(body, off + 4, &pair.elements))
		return ZB_ECORRUPT;
	off += 8;
	if (zb_span_sub(body, off, body.len - off, &pair.value))
		return ZB_ECORRUPT;
	*pos += size;
	*ret_pair = pair;
	return 1;
}

static unsigned int scalar_size(uint32_t type)
{
	switch (type) {
	case ZF_NV_BYTE:
	case ZF_NV_INT16:
	case ZF_NV_UINT16:
	case ZF_NV_INT32:
	case ZF_NV_UINT32:
	case ZF_NV_BOOLEAN_VALUE:
	case ZF_NV_INT8:
	case ZF_NV_UINT8:
		return 4;
	case ZF_NV_INT64:
	case ZF_NV_UINT64:
	case ZF_NV_HRTIME:
		return 8;
	default:
		return 0;
	}
}

/* Bytes of one element of the plain arrays; arrays of small integers take 4 bytes each. */
static unsigned int element_size(uint32_t type)
{
	switch (type) {
	case ZF_NV_INT16_ARRAY:
	case ZF_NV_UINT16_ARRAY:
	case ZF_NV_INT32_ARRAY:
	case ZF_NV_UINT32_ARRAY:
	case ZF_NV_BOOLEAN_ARRAY:
	case ZF_NV_INT8_ARRAY:
	case ZF_NV_UINT8_ARRAY:
		return 4;
	case ZF_NV_INT64_ARRAY:
	case ZF_NV_UINT64_ARRAY:
		return 8;
	default:
		return 0;
	}
}

static int check_list(struct zb_span s, unsigned int depth, uint64_t *ret_len);

/* Checks n lists one behind the other. The recursion ends at ZF_NVLIST_MAX_DEPTH. */
static int check_lists(struct zb_span s, uint32_t n, unsigned int depth)
{
	struct zb_span rest;
	uint64_t off = 0, len = 0;
	int error;

	for (uint32_t i = 0; i < n; i++) {
		if (zb_span_sub(s, off, s.len - off, &rest))
			return ZB_ECORRUPT;
		error = check_list(rest, depth, &len);
		if (error)
			return error;
		off += len;
	}
	return 0;
}

static int check_value(const struct zf_nvpair *pair, unsigned int depth)
{
	struct zb_span unused;
	uint64_t off = 0;

	switch (pair->type) {
	case ZF_NV_BOOLEAN:
		return 0;
	case ZF_NV_STRING:
		return get_string(pair->value, &off, &unused);
	case ZF_NV_BYTE_ARRAY:
		return get_bytes(pair->value, &off, pair->elements, &unused);
	case ZF_NV_STRING_ARRAY:
		for (uint32_t i = 0; i < pair->elements; i++)
			if (get_string(pair->value, &off, &unused))
				return ZB_ECORRUPT;
		return 0;
	case ZF_NV_NVLIST:
		return check_lists(pair->value, 1, depth + 1);
	case ZF_NV_NVLIST_ARRAY:
		return check_lists(pair->value, pair->elements, depth + 1);
	default:
		break;
	}
	if (scalar_size(pair->type))
		return pair->value.len < scalar_size(pair->type) ? ZB_ECORRUPT : 0;
	/* Arrays are counted in XDR a second time, in front of their elements. */
	if (element_size(pair->type))
		return pair->value.len < 4 ||
				       (pair->value.len - 4) / element_size(pair->type) <
					       pair->elements
			       ? ZB_ECORRUPT
			       : 0;
	return ZB_ECORRUPT;
}

static int check_list(struct zb_span s, unsigned int depth, uint64_t *ret_len)
{
	struct zf_nvpair pair = { 0 };
	uint64_t pos = LIST_HEADER;
	uint32_t version;
	int more, error;

	if (depth > ZF_NVLIST_MAX_DEPTH)
		return ZB_E2BIG;
	if (get_u32(s, 0, &version) || version != 0 || s.len < LIST_HEADER)
		return ZB_ECORRUPT;
	for (unsigned int n = 0; n < ZF_NVLIST_MAX_PAIRS; n++) {
		more = get_pair(s, &pos, &pair);
		if (more < 0)
			return more;
		if (more == 0) {
			*ret_len = pos;
			return 0;
		}
		error = check_value(&pair, depth);
		if (error)
			return error;
	}
	return ZB_E2BIG;
}

int zf_nvlist_init(struct zb_span s, struct zf_nvlist *ret_list)
{
	struct zb_span body, list;
	uint64_t len = 0;
	int error;

	if (s.len < ZF_NVLIST_HEADER)
		return ZB_ECORRUPT;
	if (s.ptr[0] != ENCODING_XDR)
		return s.ptr[0] == 0 ? ZB_ENOTSUP : ZB_ECORRUPT;
	if (zb_span_sub(s, ZF_NVLIST_HEADER, s.len - ZF_NVLIST_HEADER, &body))
		return ZB_ECORRUPT;
	error = check_list(body, 0, &len);
	if (error)
		return error;
	if (zb_span_sub(body, LIST_HEADER, len - LIST_HEADER, &list))
		return ZB_ECORRUPT;
	ret_list->pairs = list;
	return 0;
}

int zf_nvlist_next(struct zf_nvlist list, size_t *pos, struct zf_nvpair *ret_pair)
{
	uint64_t at = *pos;
	int more = get_pair(list.pairs, &at, ret_pair);

	if (more > 0)
		*pos = (size_t)at;
	return more;
}

static bool name_is(struct zb_span name, const char *text)
{
	size_t i;

	for (i = 0; i < name.len; i++)
		if (text[i] == '\0' || (uint8_t)text[i] != name.ptr[i])
			return false;
	return text[i] == '\0';
}

int zf_nvlist_find(struct zf_nvlist list, const char *name, uint32_t type,
		   struct zf_nvpair *ret_pair)
{
	struct zf_nvpair pair = { 0 };
	size_t pos = 0;
	int more;

	while ((more = zf_nvlist_next(list, &pos, &pair)) > 0) {
		if (pair.type == type && name_is(pair.name, name)) {
			*ret_pair = pair;
			return 0;
		}
	}
	return more < 0 ? more : ZB_ENOENT;
}

int zf_nvlist_u64(struct zf_nvlist list, const char *name, uint64_t *ret_v)
{
	struct zf_nvpair pair;
	int error = zf_nvlist_find(list, name, ZF_NV_UINT64, &pair);

	return error ? error : zb_span_u64(pair.value, 0, ZB_BE, ret_v);
}

/* The list that starts at off of value, which check_list() has been through. */
static int list_at(struct zb_span value, uint64_t off, unsigned int depth,
		   struct zf_nvlist *ret_list, uint64_t *ret_len)
{
	struct zb_span s, pairs;
	int error;

	if (off > value.len || zb_span_sub(value, off, value.len - off, &s))
		return ZB_ECORRUPT;
	error = check_list(s, depth, ret_len);
	if (error)
		return error;
	if (zb_span_sub(s, LIST_HEADER, *ret_len - LIST_HEADER, &pairs))
		return ZB_ECORRUPT;
	ret_list->pairs = pairs;
	return 0;
}

int zf_nvlist_list(struct zf_nvlist list, const char *name, struct zf_nvlist *ret_list)
{
	struct zf_nvpair pair;
	uint64_t len = 0;
	int error = zf_nvlist_find(list, name, ZF_NV_NVLIST, &pair);

	return error ? error : list_at(pair.value, 0, 1, ret_list, &len);
}

static int find_string(struct zf_nvlist list, const char *name, struct zb_span *ret_s)
{
	struct zf_nvpair pair;
	uint64_t off = 0;
	int error = zf_nvlist_find(list, name, ZF_NV_STRING, &pair);

	return error ? error : get_string(pair.value, &off, ret_s);
}

int zf_nvlist_string(struct zf_nvlist list, const char *name, char *buf, size_t size)
{
	struct zb_span s;
	int error = find_string(list, name, &s);

	if (error)
		return error;
	if (s.len >= size)
		return ZB_E2BIG;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\0')
			return ZB_E2BIG;
	__builtin_memcpy(buf, s.ptr, s.len);
	buf[s.len] = '\0';
	return 0;
}

bool zf_nvlist_string_is(struct zf_nvlist list, const char *name, const char *text)
{
	struct zb_span s;

	return find_string(list, name, &s) == 0 && name_is(s, text);
}

uint32_t zf_nvlist_array_count(struct zf_nvlist list, const char *name)
{
	struct zf_nvpair pair;

	return zf_nvlist_find(list, name, ZF_NV_NVLIST_ARRAY, &pair) ? 0 : pair.elements;
}

int zf_nvlist_array_at(struct zf_nvlist list, const char *name, uint32_t i,
		       struct zf_nvlist *ret_list)
{
	struct zf_nvlist found;
	struct zf_nvpair pair;
	uint64_t off = 0, len = 0;
	int error = zf_nvlist_find(list, name, ZF_NV_NVLIST_ARRAY, &pair);

	if (error)
		return error;
	if (i >= pair.elements)
		return ZB_ENOENT;
	for (uint32_t at = 0; at <= i; at++) {
		error = list_at(pair.value, off, 1, &found, &len);
		if (error)
			return error;
		off += len;
	}
	*ret_list = found;
	return 0;
}

int zf_nvpair_bytes(const struct zf_nvpair *pair, struct zb_span *ret_bytes)
{
	uint64_t off = 0;

	if (pair->type != ZF_NV_BYTE_ARRAY)
		return ZB_ENOENT;
	return get_bytes(pair->value, &off, pair->elements, ret_bytes);
}
