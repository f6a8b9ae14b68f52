/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZH_PARTS_H
#define ZH_PARTS_H

#include "read/read.h"

/* The partitions inside a disk or an image of one, of any type, by its GPT or MBR. */
struct zh_part {
	unsigned int number; /* as Linux counts them, from 1 */
	uint64_t start;	     /* bytes */
	uint64_t size;
	char guid[37]; /* empty in an MBR */
};

/*
 * Calls back for each partition; non-zero from fn ends the walk and is returned. An image does
 * not say how large its sectors are: 512 is tried first, then 4096. The backup GPT serves when
 * the first is damaged. A disk without a table is no error.
 */
typedef int (*zh_part_fn)(void *ctx, const struct zh_part *part);
ZB_MUST_CHECK int zh_parts_each(const struct zr_dev *disk, zh_part_fn fn, void *ctx,
				struct zb_diag *diag);

#endif
