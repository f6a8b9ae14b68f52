/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZH_READER_H
#define ZH_READER_H

#include "read/read.h"

/* What the reader needs from a host, on Linux: the C library's memory and a few threads. */
struct zh_reader;

/*
 * threads 0: one per core. note receives what was survived, "device: reason" say; NULL: nobody.
 * Returns NULL when there is no memory or no thread.
 */
struct zh_reader *zh_reader_create(unsigned int threads,
				   void (*note)(void *ctx, const struct zb_diag *what),
				   void *ctx);
void zh_reader_destroy(struct zh_reader *reader);
const struct zr_host *zh_reader_host(const struct zh_reader *reader);

#endif
