/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_LINKS_H
#define ZLIVE_BUILD_LINKS_H

#include <sys/types.h>
#include "base/span.h"

/* Which objects with several links were met already, and under which path first. */
struct links;

struct links *links_create(void);
void links_destroy(struct links *links);

/*
 * *ret_first is the path under which that object was met first in that volume, or NULL if
 * it was not: then path is remembered. Valid until links_destroy().
 */
ZB_MUST_CHECK int links_find_or_add(struct links *links, dev_t dev, ino_t ino,
				    unsigned int volume, const char *path,
				    const char **ret_first);

#endif
