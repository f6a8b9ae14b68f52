/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The block function of SHA-1 by itself is not in libcrypto's newest interface. That one's PBKDF2
 * takes more than twice as long: each round copies and ends contexts of it.
 */
#define OPENSSL_API_COMPAT 10100
#include "host/accel.h"
#include <openssl/sha.h>
#include <string.h>
#include "host/crypto.h"

/* HMAC-SHA-1 with the key taken in. */
struct hmac {
	SHA_CTX inner, outer;
};

static void hmac_init(struct hmac *h, struct zb_span key)
{
	uint8_t inner[SHA_CBLOCK] = { 0 }, outer[SHA_CBLOCK];

	if (key.len > sizeof(inner))
		SHA1(key.ptr, key.len, inner);
	else if (key.len > 0)
		memcpy(inner, key.ptr, key.len);
	for (unsigned int i = 0; i < sizeof(inner); i++) {
		outer[i] = inner[i] ^ 0x5c;
		inner[i] ^= 0x36;
	}
	SHA1_Init(&h->inner);
	SHA1_Update(&h->inner, inner, sizeof(inner));
	SHA1_Init(&h->outer);
	SHA1_Update(&h->outer, outer, sizeof(outer));
	zc_wipe(inner, sizeof(inner));
	zc_wipe(outer, sizeof(outer));
}

/* The first round: the MAC of the salt and the number of the block of output. */
static void first(const struct hmac *key, struct zb_span salt, uint32_t number,
		  uint8_t mac[SHA_DIGEST_LENGTH])
{
	struct hmac h = *key;
	uint8_t index[4];

	zb_store32(index, ZB_BE, number);
	SHA1_Update(&h.inner, salt.ptr, salt.len);
	SHA1_Update(&h.inner, index, sizeof(index));
	SHA1_Final(mac, &h.inner);
	SHA1_Update(&h.outer, mac, SHA_DIGEST_LENGTH);
	SHA1_Final(mac, &h.outer);
	zc_wipe(&h, sizeof(h));
}

/* What is hashed behind a key's block: a digest, padded. In its place goes the next digest. */
static void step(const SHA_CTX *key, uint8_t block[SHA_CBLOCK])
{
	SHA_CTX c = *key;

	SHA1_Transform(&c, block);
	zb_store32(block, ZB_BE, c.h0);
	zb_store32(block + 4, ZB_BE, c.h1);
	zb_store32(block + 8, ZB_BE, c.h2);
	zb_store32(block + 12, ZB_BE, c.h3);
	zb_store32(block + 16, ZB_BE, c.h4);
}

static void output_block(const struct hmac *key, struct zb_span salt, uint32_t number,
			 uint64_t iterations, uint8_t sum[SHA_DIGEST_LENGTH])
{
	uint8_t block[SHA_CBLOCK] = { [SHA_DIGEST_LENGTH] = 0x80 };

	zb_store64(block + SHA_CBLOCK - 8, ZB_BE, (SHA_CBLOCK + SHA_DIGEST_LENGTH) * 8);
	first(key, salt, number, block);
	memcpy(sum, block, SHA_DIGEST_LENGTH);
	for (uint64_t i = 1; i < iterations; i++) {
		step(&key->inner, block);
		step(&key->outer, block);
		for (unsigned int k = 0; k < SHA_DIGEST_LENGTH; k++)
			sum[k] ^= block[k];
	}
	zc_wipe(block, sizeof(block));
}

int zh_pbkdf2_sha1(struct zb_span password, struct zb_span salt, uint64_t iterations,
		   uint8_t *out, size_t out_len)
{
	uint8_t sum[SHA_DIGEST_LENGTH];
	struct hmac key;
	uint32_t number = 0;
	size_t n;

	if (!zh_crypto_usable())
		return ZB_ENOTSUP;
	hmac_init(&key, password);
	for (size_t at = 0; at < out_len; at += n) {
		output_block(&key, salt, ++number, iterations, sum);
		n = out_len - at < sizeof(sum) ? out_len - at : sizeof(sum);
		memcpy(out + at, sum, n);
	}
	zc_wipe(&key, sizeof(key));
	zc_wipe(sum, sizeof(sum));
	return 0;
}
