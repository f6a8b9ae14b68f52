/* SPDX-License-Identifier: BSD-2-Clause */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include "codec/checksum.h"
#include "codec/kdf.h"
#include "tests/fuzz/fuzz.h"

/*
 * Hashes, MACs and key derivation against OpenSSL; those that it lacks (Skein, Edon-R, the
 * fletchers) given in pieces against all at once, and against their definition.
 *
 * Input: a byte for the length of the first piece in units of 3, one for the length of the key,
 * one for the output's length, then the key and the data.
 */
#define HEAD 3

struct input {
	struct zb_span key, all, first, rest;
	unsigned int out_len;
};

static void same(const char *name, const uint8_t *ours, unsigned int len,
		 struct zb_span s)
{
	uint8_t theirs[EVP_MAX_MD_SIZE];
	unsigned int n;

	FUZZ_ASSERT(
		EVP_Digest(s.ptr, s.len, theirs, &n, EVP_get_digestbyname(name), NULL));
	FUZZ_ASSERT(n == len && memcmp(ours, theirs, n) == 0);
}

static void sha1(const struct input *in)
{
	uint8_t digest[ZC_SHA1_SIZE];
	struct zc_sha1_ctx ctx;

	zc_sha1_init(&ctx);
	zc_sha1_update(&ctx, in->first);
	zc_sha1_update(&ctx, in->rest);
	zc_sha1_final(&ctx, digest);
	same("SHA1", digest, sizeof(digest), in->all);
}

static void sha256(const struct input *in)
{
	struct zc_cksum whole, pieces;
	struct zc_sha256_ctx ctx;
	uint8_t digest[32];

	zc_sha256(in->all, &whole);
	zc_sha256_init(&ctx);
	zc_sha256_update(&ctx, in->first);
	zc_sha256_update(&ctx, in->rest);
	zc_sha256_final(&ctx, &pieces);
	FUZZ_ASSERT(zc_cksum_equal(&whole, &pieces));
	for (unsigned int i = 0; i < 4; i++)
		zb_store64(digest + 8 * i, ZB_BE, whole.word[i]);
	same("SHA256", digest, sizeof(digest), in->all);
}

static void sha512(const struct input *in)
{
	uint8_t digest[ZC_SHA512_SIZE];
	struct zc_sha512_ctx ctx;

	zc_sha512_init(&ctx);
	zc_sha512_update(&ctx, in->first);
	zc_sha512_update(&ctx, in->rest);
	zc_sha512_final(&ctx, digest);
	same("SHA512", digest, 64, in->all);
	zc_sha512_256_init(&ctx);
	zc_sha512_update(&ctx, in->first);
	zc_sha512_update(&ctx, in->rest);
	zc_sha512_final(&ctx, digest);
	same("SHA512-256", digest, 32, in->all);
}

static void hmac(const struct input *in)
{
	uint8_t mac[ZC_SHA512_SIZE], want[EVP_MAX_MD_SIZE];
	struct zc_hmac_sha512 ctx;
	unsigned int n;

	zc_hmac_sha512_init(&ctx, in->key);
	zc_hmac_sha512_update(&ctx, in->first);
	zc_hmac_sha512_update(&ctx, in->rest);
	zc_hmac_sha512_final(&ctx, mac);
	FUZZ_ASSERT(HMAC(EVP_sha512(), in->key.len ? in->key.ptr : (const uint8_t *)"",
			 (int)in->key.len, in->all.ptr, in->all.len, want, &n));
	FUZZ_ASSERT(n == sizeof(mac) && memcmp(mac, want, n) == 0);
}

/* One block of HKDF's expansion is the MAC of the info and a byte 1. */
static void hkdf(const struct input *in)
{
	uint8_t prk[ZC_SHA512_SIZE], want[EVP_MAX_MD_SIZE], out[ZC_SHA512_SIZE];
	static const uint8_t salt[ZC_SHA512_SIZE];
	uint8_t *info = malloc(in->all.len + 1);
	struct zc_hmac_sha512 ours;
	unsigned int n, len = in->out_len % (ZC_SHA512_SIZE + 1);

	FUZZ_ASSERT(info);
	memcpy(info, in->all.ptr, in->all.len);
	info[in->all.len] = 1;
	zc_hkdf_sha512_extract(&ours, in->key);
	zc_hkdf_sha512_expand(&ours, in->all, out, len);
	FUZZ_ASSERT(HMAC(EVP_sha512(), salt, sizeof(salt), in->key.ptr, in->key.len, prk,
			 &n));
	FUZZ_ASSERT(
		HMAC(EVP_sha512(), prk, sizeof(prk), info, in->all.len + 1, want, &n));
	FUZZ_ASSERT(memcmp(out, want, len) == 0);
	free(info);
}

static void pbkdf2(const struct input *in)
{
	uint8_t ours[255], theirs[255];
	unsigned int rounds = 1 + in->out_len % 3;

	if (in->out_len == 0)
		return;
	zc_pbkdf2_sha1(in->key, in->first, rounds, ours, in->out_len);
	FUZZ_ASSERT(PKCS5_PBKDF2_HMAC_SHA1(in->key.len ? (const char *)in->key.ptr : "",
					   (int)in->key.len, in->first.ptr,
					   (int)in->first.len, (int)rounds,
					   (int)in->out_len, theirs));
	FUZZ_ASSERT(memcmp(ours, theirs, in->out_len) == 0);
}

static void skein(const struct input *in)
{
	uint8_t whole[ZC_SKEIN_BLOCK], pieces[ZC_SKEIN_BLOCK];
	struct zc_skein_ctx ctx;

	zc_skein_init(&ctx, in->key, 256);
	zc_skein_update(&ctx, in->all);
	zc_skein_final(&ctx, whole);
	zc_skein_init(&ctx, in->key, 256);
	zc_skein_update(&ctx, in->first);
	zc_skein_update(&ctx, in->rest);
	zc_skein_final(&ctx, pieces);
	FUZZ_ASSERT(memcmp(whole, pieces, 32) == 0);
}

static void edonr(const struct input *in)
{
	uint8_t whole[ZC_EDONR_SIZE], pieces[ZC_EDONR_SIZE];
	struct zc_edonr_ctx ctx;

	zc_edonr_init(&ctx);
	zc_edonr_update(&ctx, in->all);
	zc_edonr_final(&ctx, whole);
	zc_edonr_init(&ctx);
	zc_edonr_update(&ctx, in->first);
	zc_edonr_update(&ctx, in->rest);
	zc_edonr_final(&ctx, pieces);
	FUZZ_ASSERT(memcmp(whole, pieces, sizeof(whole)) == 0);
}

/* There is nothing to compare with; the sanitizers look on. */
static void blake3(const struct input *in)
{
	uint8_t digest[ZC_BLAKE3_SIZE];

	zc_blake3(in->key.len >= ZC_BLAKE3_KEY ? in->key.ptr : NULL, in->all, digest);
}

static void fletcher4(struct zb_span s, enum zb_endian e)
{
	uint64_t a = 0, b = 0, c = 0, d = 0;
	struct zc_cksum sum;

	for (size_t i = 0; i + 4 <= s.len; i += 4) {
		a += zb_load32(s.ptr + i, e);
		b += a;
		c += b;
		d += c;
	}
	zc_fletcher4(s, e, &sum);
	FUZZ_ASSERT(sum.word[0] == a && sum.word[1] == b && sum.word[2] == c &&
		    sum.word[3] == d);
}

static void fletcher2(struct zb_span s, enum zb_endian e)
{
	uint64_t a0 = 0, a1 = 0, b0 = 0, b1 = 0;
	struct zc_cksum sum;

	for (size_t i = 0; i + 16 <= s.len; i += 16) {
		a0 += zb_load64(s.ptr + i, e);
		a1 += zb_load64(s.ptr + i + 8, e);
		b0 += a0;
		b1 += a1;
	}
	zc_fletcher2(s, e, &sum);
	FUZZ_ASSERT(sum.word[0] == a0 && sum.word[1] == a1 && sum.word[2] == b0 &&
		    sum.word[3] == b1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in;
	size_t key, first;

	if (size < HEAD + 1)
		return 0;
	key = data[1] < size - HEAD ? data[1] : size - HEAD - 1;
	in.out_len = data[2];
	in.key = zb_span(data + HEAD, key);
	in.all = zb_span(data + HEAD + key, size - HEAD - key);
	first = data[0] * (size_t)3 < in.all.len ? data[0] * (size_t)3 : in.all.len;
	in.first = zb_span(in.all.ptr, first);
	in.rest = zb_span(in.all.ptr + first, in.all.len - first);
	sha1(&in);
	sha256(&in);
	sha512(&in);
	hmac(&in);
	hkdf(&in);
	pbkdf2(&in);
	skein(&in);
	edonr(&in);
	blake3(&in);
	fletcher4(in.all, ZB_LE);
	fletcher4(in.all, ZB_BE);
	fletcher2(in.all, ZB_LE);
	fletcher2(in.all, ZB_BE);
	return 0;
}
