/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZW_SA_H
#define ZW_SA_H

#include "fmt/encode.h"
#include "fmt/zpl.h"
#include "write/write.h"
#include "write/zap.h"

#define ZW_SA_LAYOUTS_MAX   64
#define ZW_SA_SPILL_MAX	    (128U << 10)
#define ZW_SA_XATTR_MAX	    (64U << 10) /* DXATTR_MAX_SA_SIZE */

/* Where in the data behind the header the attributes lie that change after the first write. */
#define ZW_SA_OFFSET_SIZE   8
#define ZW_SA_OFFSET_UID    24
#define ZW_SA_OFFSET_GID    32
#define ZW_SA_OFFSET_PARENT 40
#define ZW_SA_OFFSET_LINKS  120

/* The layouts that a dataset uses, in order of their first use; layout numbers from 2. */
struct zw_sa_layout {
	unsigned int n;
	uint16_t attrs[ZF_ZPL_ATTRS];
};

struct zw_sa_layouts {
	unsigned int n;
	struct zw_sa_layout layout[ZW_SA_LAYOUTS_MAX];
};

/* One object's attributes, encoded. */
struct zw_sa {
	uint8_t bonus[ZF_DNODE_MAX_SIZE];
	size_t bonus_len;
	uint8_t *spill;	  /* NULL: everything fits; from zw_block_buffer() */
	size_t spill_len; /* a multiple of 512 */
};

/*
 * Encodes an entry for a dnode whose bonus has room bytes; what does not fit goes to the
 * spill. size and links are the object's own. ZB_E2BIG for too large extended attributes.
 */
ZB_MUST_CHECK int zw_sa_build(struct zw_sa_layouts *layouts, const struct zw_entry *e,
			      uint64_t parent, uint64_t size, uint64_t links, size_t room,
			      struct zw_sa *ret_sa, struct zb_diag *diag);

/* The two maps that describe attributes and layouts to readers. */
void zw_sa_registry(struct zw_map *m);
void zw_sa_layout_map(const struct zw_sa_layouts *layouts, struct zw_map *m);

#endif
