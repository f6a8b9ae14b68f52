/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_SPOOL_H
#define ZLIVE_BUILD_SPOOL_H

#include "cmd/build/tree.h"

/*
 * A stage that passes everything on and copies what a ramdisk is made of (kernel modules,
 * a few programs, libraries) to a temporary folder: a tar can be read only once, and
 * unpacking all of it would need more room and, for its owners, rights. Only contents are
 * right there.
 */
struct spool;

ZB_MUST_CHECK int spool_create(const struct tree_sink *next, struct spool **ret_spool,
			       struct zb_diag *diag);
/* Removes the folder, too. */
void spool_destroy(struct spool *s);

const struct tree_sink *spool_sink(struct spool *s);
const char *spool_root(const struct spool *s);

/* Whether an object of that path and type belongs in there: for the tests. */
bool spool_wants(const char *path, uint32_t mode);

#endif
