/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_PARITY_H
#define ZR_PARITY_H

#include "base/span.h"

/*
 * The parity of raidz and dRAID. In GF(2^8) with the polynomial x^8 + x^4 + x^3 + x^2 + 1, over
 * n data columns D_0 .. D_n-1, parity column j is
 *
 *	sum of g_j^(n-1-i) * D_i    with g_0 = 1, g_1 = 2, g_2 = 4
 *
 * Source: OpenZFS module/zfs/vdev_raidz.c.
 */
#define ZR_PARITY_MAX 3
#define ZR_COLS_MAX   255

/* Columns of one height. Data that are NULL are zeros, as in a block's last, short row. */
struct zr_stripe {
	unsigned int n; /* data columns */
	unsigned int p; /* parity columns */
	size_t len;	/* bytes in each; a multiple of 512 */
	uint8_t *data[ZR_COLS_MAX];
	uint8_t *parity[ZR_PARITY_MAX];
};

/* Parity column j of the data into out, of len bytes. */
void zr_parity_compute(const struct zr_stripe *s, unsigned int j, uint8_t *out);

/* Does parity column j fit the data? */
bool zr_parity_agrees(const struct zr_stripe *s, unsigned int j);

/*
 * Computes the n_lost data columns lost[], in ascending order, from the others and as many of
 * the parity columns as that takes, of those in `usable`, a bit for each. Returns those that
 * were not needed and can tell whether the result is right, or a negative error (ZB_EIO) if
 * there are too few.
 */
ZB_MUST_CHECK int zr_parity_solve(struct zr_stripe *s, const uint8_t *lost,
				  unsigned int n_lost, unsigned int usable);

#endif
