/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FUZZ_CHANGED_H
#define FUZZ_CHANGED_H

#include "tests/fuzz/fuzz.h"
#include "tests/support/small_pool.h"

/*
 * A whole pool with changes in its decompressed blocks. Checksums would stop every change, so the
 * linker leads verification to functions that let all pass, and each block through one that
 * applies the changes. Likewise what a wrong MAC does not open stays as it is, and passes.
 *
 * Input: a byte that says which pool, two which allocation fails (0: none), one whose bits are
 * the devices that are missing, one that says how often a block does not verify (0: never,
 * else each so-manyth time), so that the other copies and parity are used. Then changes: the
 * number of the block in the order of reading (2 bytes), the offset in it (2), how many bytes
 * (1) and these. Numbers from 0xfff0 on stand for the devices themselves: there the offset
 * counts in units of 16 bytes from the label's name-value list on.
 *
 * Programs with this need what fuzz_changed_wrap in meson.build has.
 */
struct fuzz_changed {
	struct small_host host;
	struct small_pools pools;
	const struct zr_dev *devs[SMALL_POOLS_MAX]; /* that are not missing */
	unsigned int n;
};

/* False if the input is too short. It outlives ret_c; one at a time. */
bool fuzz_changed_init(struct fuzz_changed *c, const uint8_t *data, size_t size);

/* Fails if something of the pool is still in use. */
void fuzz_changed_done(struct fuzz_changed *c);

#endif
