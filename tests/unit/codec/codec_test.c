/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec_test.h"
#include <openssl/evp.h>

uint32_t sample_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static size_t fill_text(uint32_t *rng, uint8_t *buf, size_t len)
{
	static const char *const words[] = { "the ",	  "pool ", "of ", "block ",
					     "checksum ", "and ",  "is ", "vdev",
					     "\n\t",	  "0x" };
	const char *w = words[sample_random(rng) % 10];
	size_t n = strlen(w);

	n = n < len ? n : len;
	memcpy(buf, w, n);
	return n;
}

static size_t fill_runs(uint32_t *rng, uint8_t *buf, size_t len)
{
	size_t period = 1 + sample_random(rng) % 20, n = 1 + sample_random(rng) % 400;

	n = n < len ? n : len;
	for (size_t i = 0; i < n; i++)
		buf[i] = i < period ? (uint8_t)sample_random(rng) : buf[i - period];
	return n;
}

static size_t fill_piece(enum sample_kind kind, uint32_t *rng, uint8_t *buf, size_t len)
{
	switch (kind) {
	case SAMPLE_RANDOM:
		buf[0] = (uint8_t)(sample_random(rng) >> 8);
		return 1;
	case SAMPLE_TEXT:
		return fill_text(rng, buf, len);
	case SAMPLE_RUNS:
		return fill_runs(rng, buf, len);
	case SAMPLE_SPARSE:
		buf[0] = sample_random(rng) % 9 == 0 ? (uint8_t)sample_random(rng) : 0;
		return 1;
	default:
		buf[0] = 0;
		return 1;
	}
}

void sample_fill(enum sample_kind kind, uint32_t seed, uint8_t *buf, size_t len)
{
	uint32_t rng = seed * 2654435761u + 1;

	for (size_t i = 0; i < len;) {
		enum sample_kind k = kind;

		if (kind == SAMPLE_MIXED)
			k = (enum sample_kind)((i >> 10) % SAMPLE_MIXED);
		i += fill_piece(k, &rng, buf + i, len - i);
	}
}

#define CANARY 64

int codec_decode_exact(codec_fn fn, struct zb_span src, uint8_t *dst, size_t dst_len)
{
	uint8_t *in = malloc(src.len ? src.len : 1);
	int rc;

	assert_non_null(in);
	memcpy(in, src.ptr, src.len);
	rc = fn(zb_span(in, src.len), dst, dst_len);
	free(in);
	return rc;
}

void codec_assert_decodes(codec_fn fn, struct zb_span src, struct zb_span data)
{
	uint8_t *out = malloc(data.len ? data.len : 1),
		*padded = calloc(1, src.len + 512);

	assert_non_null(out);
	assert_non_null(padded);
	memset(out, 0xa5, data.len);
	assert_int_equal(codec_decode_exact(fn, src, out, data.len), 0);
	assert_memory_equal(out, data.ptr, data.len);

	memcpy(padded, src.ptr, src.len);
	memset(out, 0x5a, data.len);
	assert_int_equal(
		codec_decode_exact(fn, zb_span(padded, src.len + 512), out, data.len), 0);
	assert_memory_equal(out, data.ptr, data.len);
	free(padded);
	free(out);
}

void codec_assert_exact_length(codec_fn fn, struct zb_span src, size_t dst_len)
{
	uint8_t *out = malloc(dst_len + 1);

	assert_non_null(out);
	assert_int_equal(codec_decode_exact(fn, src, out, dst_len + 1), ZB_ECORRUPT);
	out = realloc(out, dst_len);
	assert_non_null(out);
	assert_int_equal(codec_decode_exact(fn, src, out, dst_len - 1), ZB_ECORRUPT);
	free(out);
}

void codec_assert_truncations_fail(codec_fn fn, struct zb_span src, size_t dst_len)
{
	uint8_t *out = malloc(dst_len);

	assert_non_null(out);
	for (size_t len = 0; len < src.len; len++)
		assert_int_equal(
			codec_decode_exact(fn, zb_span(src.ptr, len), out, dst_len),
			ZB_ECORRUPT);
	free(out);
}

static void damage(uint32_t *rng, uint8_t *buf, size_t len)
{
	for (uint32_t n = 1 + sample_random(rng) % 4; n > 0; n--) {
		size_t at = sample_random(rng) % len;

		/* headers, at the front, decide most */
		if (sample_random(rng) % 2)
			at %= 64;
		if (sample_random(rng) % 3)
			buf[at] = (uint8_t)(sample_random(rng) >> 9);
		else
			buf[at] ^= (uint8_t)(1u << sample_random(rng) % 8);
	}
}

void codec_assert_contained(codec_fn fn, struct zb_span src, size_t dst_len,
			    unsigned int n)
{
	uint8_t *in = malloc(src.len), *out = malloc(dst_len + 2 * CANARY);
	uint32_t rng = 1;

	assert_non_null(in);
	assert_non_null(out);
	memset(out, 0xc3, dst_len + 2 * CANARY);
	for (unsigned int i = 0; i < n; i++) {
		int rc;

		memcpy(in, src.ptr, src.len);
		damage(&rng, in, src.len);
		rc = fn(zb_span(in, src.len), out + CANARY, dst_len);
		assert_true(rc == 0 || rc == ZB_ECORRUPT);
		for (size_t c = 0; c < CANARY; c++) {
			assert_int_equal(out[c], 0xc3);
			assert_int_equal(out[CANARY + dst_len + c], 0xc3);
		}
	}
	free(out);
	free(in);

	/* once more into a block without surroundings, for sanitizers */
	in = malloc(src.len);
	out = malloc(dst_len);
	assert_non_null(in);
	assert_non_null(out);
	for (unsigned int i = 0; i < n; i++) {
		int rc;

		memcpy(in, src.ptr, src.len);
		damage(&rng, in, src.len);
		rc = fn(zb_span(in, src.len), out, dst_len);
		assert_true(rc == 0 || rc == ZB_ECORRUPT);
	}
	free(out);
	free(in);
}

/* ---- encrypted by libcrypto ---- */

static const EVP_CIPHER *cipher_of(const struct sealed *m)
{
	switch (m->key_len) {
	case 16:
		return m->mode == ZC_AEAD_GCM ? EVP_aes_128_gcm() : EVP_aes_128_ccm();
	case 24:
		return m->mode == ZC_AEAD_GCM ? EVP_aes_192_gcm() : EVP_aes_192_ccm();
	default:
		return m->mode == ZC_AEAD_GCM ? EVP_aes_256_gcm() : EVP_aes_256_ccm();
	}
}

/* libcrypto encrypts m->plain. */
static void encrypt(struct sealed *m)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	bool ccm = m->mode == ZC_AEAD_CCM;
	int n;

	assert_true(EVP_EncryptInit_ex(ctx, cipher_of(m), NULL, NULL, NULL));
	assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, ZC_AEAD_IV, NULL));
	if (ccm)
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, ZC_AEAD_TAG,
						NULL));
	assert_true(EVP_EncryptInit_ex(ctx, NULL, NULL, m->key, m->iv));
	if (ccm)
		assert_true(EVP_EncryptUpdate(ctx, NULL, &n, NULL, (int)m->len));
	if (m->aad_len > 0)
		assert_true(EVP_EncryptUpdate(ctx, NULL, &n, m->aad, (int)m->aad_len));
	assert_true(EVP_EncryptUpdate(ctx, m->cipher, &n, m->plain, (int)m->len));
	assert_true(EVP_EncryptFinal_ex(ctx, m->cipher + n, &n));
	assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, ZC_AEAD_TAG, m->tag));
	EVP_CIPHER_CTX_free(ctx);
}

void sealed_make(struct sealed *m, enum zc_aead_mode mode, size_t key_len, size_t aad_len,
		 size_t len)
{
	*m = (struct sealed){
		.mode = mode, .key_len = key_len, .aad_len = aad_len, .len = len
	};
	sample_fill(SAMPLE_RANDOM, (uint32_t)(len + aad_len), m->key, sizeof(m->key));
	sample_fill(SAMPLE_RANDOM, (uint32_t)len + 1, m->iv, sizeof(m->iv));
	sample_fill(SAMPLE_RANDOM, (uint32_t)len + 2, m->plain, sizeof(m->plain));
	sample_fill(SAMPLE_RANDOM, 3, m->aad, sizeof(m->aad));
	encrypt(m);
}

struct zc_aead sealed_aead(const struct sealed *m)
{
	return (struct zc_aead){
		.mode = m->mode,
		.key = zb_span(m->key, m->key_len),
		.iv = m->iv,
		.aad = zb_span(m->aad, m->aad_len),
		.tag = m->tag,
	};
}
