/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZH_ACCEL_H
#define ZH_ACCEL_H

#include "codec/aes.h"
#include "codec/checksum.h"
#include "read/read.h"

/*
 * In place of lib/codec where this is faster: libcrypto, which uses what the processor has for
 * SHA and AES, and our own fletcher4 in vectors and SHA-256.
 */
const struct zr_accel *zh_accel(void);

/* zr_accel.checksum; for fletcher4, SHA-256 and SHA-512/256. */
ZB_MUST_CHECK int zh_checksum(unsigned int checksum, enum zb_endian e,
			      struct zb_span data, struct zc_cksum *ret_cksum);

/* zr_accel.aead_open. */
ZB_MUST_CHECK int zh_aead_open(const struct zc_aead *a, struct zb_span src, uint8_t *dst);

/* zr_accel.pbkdf2_sha1. */
ZB_MUST_CHECK int zh_pbkdf2_sha1(struct zb_span password, struct zb_span salt,
				 uint64_t iterations, uint8_t *out, size_t out_len);

/* As zc_fletcher4(), and faster for multiples of 16 bytes where the processor has AVX2 or AVX-512. */
void zh_fletcher4(struct zb_span data, enum zb_endian e, struct zc_cksum *ret_cksum);
/* The ways in which it does so; false for what one cannot. */
ZB_MUST_CHECK bool zh_fletcher4_by_4(struct zb_span data, enum zb_endian e,
				     struct zc_cksum *ret_cksum);
ZB_MUST_CHECK bool zh_fletcher4_by_8(struct zb_span data, enum zb_endian e,
				     struct zc_cksum *ret_cksum);

/* As zc_sha256_blocks(), by the processor's instructions for it, if it has them. */
void zh_sha256_blocks(void *state, const uint8_t *p, size_t n);
bool zh_sha256_supported(void);

#endif
