/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/aes.h"
#include "codec/kdf.h"

#define IPAD 0x36
#define OPAD 0x5c

static void xor_all(uint8_t *p, size_t len, uint8_t v)
{
	for (size_t i = 0; i < len; i++)
		p[i] ^= v;
}

void zc_hmac_sha512_init(struct zc_hmac_sha512 *ctx, struct zb_span key)
{
	uint8_t pad[ZC_SHA512_BLOCK] = { 0 };

	zc_sha512_init(&ctx->inner);
	if (key.len > sizeof(pad)) {
		zc_sha512_update(&ctx->inner, key);
		zc_sha512_final(&ctx->inner, pad);
		zc_sha512_init(&ctx->inner);
	} else if (key.len > 0) {
		__builtin_memcpy(pad, key.ptr, key.len);
	}
	xor_all(pad, sizeof(pad), IPAD);
	zc_sha512_update(&ctx->inner, zb_span(pad, sizeof(pad)));
	xor_all(pad, sizeof(pad), IPAD ^ OPAD);
	zc_sha512_init(&ctx->outer);
	zc_sha512_update(&ctx->outer, zb_span(pad, sizeof(pad)));
	zc_wipe(pad, sizeof(pad));
}

void zc_hmac_sha512_update(struct zc_hmac_sha512 *ctx, struct zb_span data)
{
	zc_sha512_update(&ctx->inner, data);
}

void zc_hmac_sha512_final(struct zc_hmac_sha512 *ctx, uint8_t mac[ZC_SHA512_SIZE])
{
	zc_sha512_final(&ctx->inner, mac);
	zc_sha512_update(&ctx->outer, zb_span(mac, ZC_SHA512_SIZE));
	zc_sha512_final(&ctx->outer, mac);
	zc_wipe(ctx, sizeof(*ctx));
}

void zc_hkdf_sha512_extract(struct zc_hmac_sha512 *ret_prk, struct zb_span material)
{
	struct zc_hmac_sha512 hmac;
	uint8_t prk[ZC_SHA512_SIZE];

	zc_hmac_sha512_init(&hmac, zb_span(NULL, 0));
	zc_hmac_sha512_update(&hmac, material);
	zc_hmac_sha512_final(&hmac, prk);
	zc_hmac_sha512_init(ret_prk, zb_span(prk, sizeof(prk)));
	zc_wipe(prk, sizeof(prk));
}

void zc_hkdf_sha512_expand(const struct zc_hmac_sha512 *prk, struct zb_span info,
			   uint8_t *out, size_t out_len)
{
	static const uint8_t one = 1;
	struct zc_hmac_sha512 hmac = *prk;
	uint8_t t[ZC_SHA512_SIZE];

	zc_hmac_sha512_update(&hmac, info);
	zc_hmac_sha512_update(&hmac, zb_span(&one, 1));
	zc_hmac_sha512_final(&hmac, t);
	__builtin_memcpy(out, t, out_len < sizeof(t) ? out_len : sizeof(t));
	zc_wipe(t, sizeof(t));
}

/* ---- PBKDF2 ---- */

struct hmac_sha1 {
	struct zc_sha1_ctx inner, outer;
};

static void sha1_key(struct hmac_sha1 *h, struct zb_span key)
{
	uint8_t pad[ZC_SHA1_BLOCK] = { 0 };

	zc_sha1_init(&h->inner);
	if (key.len > sizeof(pad)) {
		zc_sha1_update(&h->inner, key);
		zc_sha1_final(&h->inner, pad);
		zc_sha1_init(&h->inner);
	} else if (key.len > 0) {
		__builtin_memcpy(pad, key.ptr, key.len);
	}
	xor_all(pad, sizeof(pad), IPAD);
	zc_sha1_update(&h->inner, zb_span(pad, sizeof(pad)));
	xor_all(pad, sizeof(pad), IPAD ^ OPAD);
	zc_sha1_init(&h->outer);
	zc_sha1_update(&h->outer, zb_span(pad, sizeof(pad)));
	zc_wipe(pad, sizeof(pad));
}

static void sha1_mac(const struct hmac_sha1 *key, struct zb_span a, struct zb_span b,
		     uint8_t mac[ZC_SHA1_SIZE])
{
	struct hmac_sha1 h = *key;

	zc_sha1_update(&h.inner, a);
	zc_sha1_update(&h.inner, b);
	zc_sha1_final(&h.inner, mac);
	zc_sha1_update(&h.outer, zb_span(mac, ZC_SHA1_SIZE));
	zc_sha1_final(&h.outer, mac);
}

void zc_pbkdf2_sha1(struct zb_span password, struct zb_span salt, uint64_t iterations,
		    uint8_t *out, size_t out_len)
{
	uint8_t u[ZC_SHA1_SIZE], sum[ZC_SHA1_SIZE], index[4];
	struct hmac_sha1 key;
	uint32_t block = 0;
	size_t n;

	sha1_key(&key, password);
	for (size_t at = 0; at < out_len; at += n) {
		zb_store32(index, ZB_BE, ++block);
		sha1_mac(&key, salt, zb_span(index, sizeof(index)), u);
		__builtin_memcpy(sum, u, sizeof(sum));
		for (uint64_t i = 1; i < iterations; i++) {
			sha1_mac(&key, zb_span(u, sizeof(u)), zb_span(NULL, 0), u);
			for (unsigned int k = 0; k < sizeof(sum); k++)
				sum[k] ^= u[k];
		}
		n = out_len - at < sizeof(sum) ? out_len - at : sizeof(sum);
		__builtin_memcpy(out + at, sum, n);
	}
	zc_wipe(&key, sizeof(key));
	zc_wipe(u, sizeof(u));
	zc_wipe(sum, sizeof(sum));
}
