/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZC_KDF_H
#define ZC_KDF_H

#include "codec/hash.h"

/* HMAC-SHA-512 (RFC 2104) with the key taken in beforehand, and what ZFS derives keys with. */
struct zc_hmac_sha512 {
	struct zc_sha512_ctx inner, outer;
};

/* A keyed context may be copied to start from it several times. */
void zc_hmac_sha512_init(struct zc_hmac_sha512 *ctx, struct zb_span key);
void zc_hmac_sha512_update(struct zc_hmac_sha512 *ctx, struct zb_span data);
void zc_hmac_sha512_final(struct zc_hmac_sha512 *ctx, uint8_t mac[ZC_SHA512_SIZE]);

/*
 * HKDF-SHA-512 (RFC 5869) without a salt, in its two steps. *ret_prk is good for many infos;
 * out_len is at most ZC_SHA512_SIZE.
 */
void zc_hkdf_sha512_extract(struct zc_hmac_sha512 *ret_prk, struct zb_span material);
void zc_hkdf_sha512_expand(const struct zc_hmac_sha512 *prk, struct zb_span info,
			   uint8_t *out, size_t out_len);

/* PBKDF2-HMAC-SHA-1 (RFC 8018). iterations is at least 1: the time that it takes. */
void zc_pbkdf2_sha1(struct zb_span password, struct zb_span salt, uint64_t iterations,
		    uint8_t *out, size_t out_len);

#endif
