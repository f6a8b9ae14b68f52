/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BENCH_LIMIT_H
#define ZLIVE_BENCH_LIMIT_H

#include <stdint.h>

/* A block of a file, as bench/blocks writes them and bench/limit reads them. */
struct limit_block {
	uint64_t offset;       /* in the image */
	uint32_t psize, lsize; /* psize 0: a hole */
	uint32_t compress;     /* enum zf_compress */
	uint32_t unused;
};

#endif
