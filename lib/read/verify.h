/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_VERIFY_H
#define ZR_VERIFY_H

#include "codec/checksum.h"
#include "codec/hash.h"
#include "fmt/blkptr.h"
#include "fmt/eck.h"
#include "read/read.h"

#define ZR_SALT_SIZE 32

/* What it takes to verify a pool's blocks: Skein, Edon-R and BLAKE3 are keyed with its salt. */
struct zr_verifier {
	const struct zr_accel *accel; /* the host's; may be NULL */
	bool salted; /* of a pool that never used one of these there is no salt */
	uint8_t salt[ZR_SALT_SIZE];
	struct zc_skein_ctx skein; /* both after the salt, before any data */
	struct zc_edonr_ctx edonr;
};

void zr_verifier_set_salt(struct zr_verifier *v, const uint8_t salt[ZR_SALT_SIZE]);

/*
 * Verifies the psize bytes that bp points to. ZB_ECKSUM on a mismatch, ZB_ENOTSUP for an
 * algorithm whose salt the pool does not have, ZB_ECORRUPT for one that no block pointer may
 * name. Safe to call from several threads.
 */
ZB_MUST_CHECK int zr_verify_block(const struct zr_verifier *v, const struct zf_blkptr *bp,
				  struct zb_span data);

/* The checksum by itself, of one that stands in block pointers. Errors as zr_verify_block(). */
ZB_MUST_CHECK int zr_checksum(const struct zr_verifier *v, unsigned int checksum,
			      enum zb_endian e, struct zb_span data,
			      struct zc_cksum *ret_got);

/* The same for blocks of intent logs, too, which reading files takes none of. */
ZB_MUST_CHECK int zr_verify_any(const struct zr_verifier *v, const struct zf_blkptr *bp,
				struct zb_span data);

/*
 * Verifies a block that ends in a zio_eck_t. The verifier is {offset on the device, 0, 0, 0}
 * for labels and {vdev, offset, birth, 0} for gang headers. ZB_ENOENT without the magic. accel
 * may be NULL.
 */
ZB_MUST_CHECK int zr_verify_eck(const struct zr_accel *accel, struct zb_span block,
				const uint64_t verifier[4], enum zb_endian *ret_endian);

/* "fletcher4"; never NULL. */
const char *zr_checksum_name(unsigned int checksum);
const char *zr_compress_name(unsigned int compress);

#endif
