/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_DNODE_H
#define ZF_DNODE_H

#include "fmt/blkptr.h"

/*
 * dnode_phys_t: 512 bytes, or dn_extra_slots + 1 times as many. Source: OpenZFS dnode.h.
 *
 *	0 u8 type           8 u16 datablkszsec     16 u64 maxblkid
 *	1 u8 indblkshift   10 u16 bonuslen         24 u64 used
 *	2 u8 nlevels       12 u8  extra_slots      32 u64 pad[4]
 *	3 u8 nblkptr                               64 blkptr[nblkptr]
 *	4 u8 bonustype                             64 + 128 * nblkptr: bonus
 *	5 u8 checksum                              the last 128 bytes: spill blkptr, with flag
 *	6 u8 compress
 *	7 u8 flags
 *
 * objset_phys_t: 1024, 2048 or 4096 bytes.
 *
 *	0 meta dnode (512)   512 zil header (192)   704 u64 type   712 u64 flags
 *	720 portable mac (32), 752 local mac (32), pad to 1024
 *	1024 userused dnode, 1536 groupused dnode, 2048 projectused dnode, pad to 4096
 */
#define ZF_DNODE_SIZE	       512
#define ZF_DNODE_SHIFT	       9
#define ZF_DNODE_CORE	       64
#define ZF_DNODE_MAX_SIZE      16384
#define ZF_DNODE_BLOCK_SIZE    16384 /* block of the dnode object, the meta dnode's data */
#define ZF_DNODE_MAX_LEVELS    30
#define ZF_OBJSET_USED_OFFSET  1024
#define ZF_OBJSET_V1_SIZE      1024
#define ZF_OBJSET_V2_SIZE      2048
#define ZF_OBJSET_V3_SIZE      4096
#define ZF_OBJSET_ZIL_OFFSET   512
#define ZF_OBJSET_TYPE_OFFSET  704
#define ZF_OBJSET_FLAGS_OFFSET 712

enum zf_dnode_flag {
	ZF_DNODE_FLAG_USED_BYTES = 1,
	ZF_DNODE_FLAG_USERUSED_ACCOUNTED = 2,
	ZF_DNODE_FLAG_SPILL_BLKPTR = 4,
	ZF_DNODE_FLAG_USEROBJUSED_ACCOUNTED = 8,
};

enum zf_objset_flag {
	ZF_OBJSET_FLAG_USERACCOUNTING_COMPLETE = 1,
	ZF_OBJSET_FLAG_USEROBJACCOUNTING_COMPLETE = 2,
	ZF_OBJSET_FLAG_PROJECTQUOTA_COMPLETE = 4,
};

#define ZF_DNODE_MIN_INDIRECT_SHIFT 10
#define ZF_DNODE_MAX_INDIRECT_SHIFT 17
#define ZF_DNODE_MAX_BLKPTR	    3

/* A decoded dnode. Its spans point into the bytes that it was decoded from. */
struct zf_dnode {
	enum zb_endian endian;
	uint8_t type; /* enum zf_object_type; 0 is a free slot */
	uint8_t indblkshift;
	uint8_t nlevels;
	uint8_t nblkptr;
	uint8_t bonustype;
	uint8_t flags;	    /* enum zf_dnode_flag */
	uint8_t slots;	    /* of 512 bytes that it takes, at least 1 */
	uint32_t datablksz; /* bytes */
	uint64_t maxblkid;
	uint64_t used;		/* bytes */
	struct zb_span blkptrs; /* nblkptr raw block pointers */
	struct zb_span bonus;	/* bonuslen bytes */
	struct zb_span
		spill; /* a raw block pointer; empty without ZF_DNODE_FLAG_SPILL_BLKPTR */
};

/*
 * Decodes the dnode at the start of s, which reaches to the end of its dnode block. A free
 * slot gives type 0 and nothing else. ZB_ECORRUPT for values that no OpenZFS writes.
 */
ZB_MUST_CHECK int zf_dnode_decode(struct zb_span s, enum zb_endian e,
				  struct zf_dnode *ret_dn);

/* Block pointer i of the dnode itself. */
ZB_MUST_CHECK int zf_dnode_blkptr(const struct zf_dnode *dn, unsigned int i,
				  struct zf_blkptr *ret_bp);

/* Bytes that an object can address: one past its last block, saturated. */
uint64_t zf_dnode_end(const struct zf_dnode *dn);

struct zf_objset {
	struct zf_dnode meta; /* the meta dnode, whose data are the dnodes */
	uint64_t type;	      /* enum zf_objset_type */
	uint64_t flags;	      /* enum zf_objset_flag */
};

/* objset_phys_t; the spans of meta point into s. */
ZB_MUST_CHECK int zf_objset_decode(struct zb_span s, enum zb_endian e,
				   struct zf_objset *ret_os);

#endif
