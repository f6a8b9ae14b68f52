/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_GLANCE_H
#define ZLIVE_INIT_GLANCE_H

#include <stdbool.h>
#include "read/read.h"

/*
 * A first look at a disk, for those of which there are many and that have no label at all: the last
 * blocks of all places where a label may end, asked for at once and past the page cache. 20
 * blocks are a fiftieth of what four labels take, and no disk is waited for but once.
 */
struct zi_glance {
	unsigned long aio; /* the kernel's context; 0: it has none to give */
};

void zi_glance_init(struct zi_glance *g);
void zi_glance_done(struct zi_glance *g);

/*
 * Whether all of those blocks could be read and none is a label's, so that zr_label_read() would
 * find none. fd is what dev reads from.
 */
bool zi_glance_finds_none(const struct zi_glance *g, int fd, const struct zr_dev *dev);

#endif
