/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FUZZ_CONTENTS_H
#define FUZZ_CONTENTS_H

#include "read/pool.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/small_pool.h"

/*
 * The small pool, opened once, whose device holds an input from the start of its data on, again
 * and again to its end. Checksums are computed, and what they say does not count.
 *
 * Programs with this need -Wl,--wrap= of zr_verify_block, zr_verify_any and zr_verify_eck.
 */

/* The pool as it was written, for what is to be made ready on it; nothing of it is cached. */
struct zr_pool *fuzz_contents_pool(void);

/* Until fuzz_contents_end() the input is there; each fail_each-th block does not verify, 0: none. */
void fuzz_contents_begin(struct zb_span input, unsigned int fail_each);
void fuzz_contents_end(void);

/* Fails if something of the pool is still in use that was not when fuzz_contents_pool() gave it. */
void fuzz_contents_done(void);

#endif
