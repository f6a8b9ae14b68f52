/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_SA_H
#define ZF_SA_H

#include "base/span.h"

/*
 * System attributes: a header, then the attributes of a layout one behind the other, each on 8
 * bytes. In the bonus of a dnode of bonus type ZF_OT_SA and in its spill block. Source: OpenZFS
 * include/sys/sa_impl.h.
 *
 *	0 u32 magic  4 u16 layout (10 bits), header size / 8 (6 bits)
 *	6 u16 lengths of the layout's attributes of variable length, in their order
 *
 * Which attribute has which number and length stands in the objset's own registry, what a
 * layout holds in its layouts object:
 *
 *	registry value: 0-15 number  16-23 byteswap  24-39 length, 0: variable
 */
#define ZF_SA_HEADER_SIZE    8
#define ZF_SA_LAYOUT_MAX     1024
#define ZF_SA_LEGACY_LAYOUT  0 /* old znode_phys */
#define ZF_SA_DEFAULT_LAYOUT 1

#define ZF_SA_ATTR_NUM(v)    ((uint16_t)(v))
#define ZF_SA_ATTR_LENGTH(v) ((uint16_t)((v) >> 24))

struct zf_sa_header {
	enum zb_endian endian; /* as its magic shows */
	unsigned int layout;
	size_t size;
	struct zb_span lengths;
	struct zb_span data; /* what is behind the header */
};

/* The header at the start of a bonus or spill buffer. */
ZB_MUST_CHECK int zf_sa_header_decode(struct zb_span s, struct zf_sa_header *ret_header);

#endif
