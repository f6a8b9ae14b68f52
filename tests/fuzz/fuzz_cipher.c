/* SPDX-License-Identifier: BSD-2-Clause */
#include <openssl/evp.h>
#include <string.h>
#include "codec/aes.h"
#include "tests/fuzz/fuzz.h"

/*
 * AES-CCM and AES-GCM against OpenSSL: what it seals must open, and with any bit changed must
 * not.
 *
 * Input: a byte for mode (bit 0), key length (bits 1, 2) and aliasing (bit 3), a byte for the
 * length of the additional data, two that say which bit is changed, the IV, the key, the
 * additional data, and the plain text.
 */
#define HEAD (4 + ZC_AEAD_IV)

struct sealed {
	struct zc_aead a;
	uint8_t tag[ZC_AEAD_TAG];
	struct zb_span plain;
	uint8_t *data; /* sealed */
};

static const EVP_CIPHER *cipher(const struct zc_aead *a)
{
	static const char *const names[2][3] = {
		{ "AES-128-CCM", "AES-192-CCM", "AES-256-CCM" },
		{ "AES-128-GCM", "AES-192-GCM", "AES-256-GCM" },
	};
	static EVP_CIPHER *fetched[2][3];
	size_t mode = a->mode == ZC_AEAD_GCM, length = a->key.len / 8 - 2;

	if (!fetched[mode][length])
		fetched[mode][length] = EVP_CIPHER_fetch(NULL, names[mode][length], NULL);
	FUZZ_ASSERT(fetched[mode][length]);
	return fetched[mode][length];
}

static void seal(struct sealed *s)
{
	static EVP_CIPHER_CTX *ctx;
	const struct zc_aead *a = &s->a;
	int n, len = (int)s->plain.len;

	if (!ctx)
		ctx = EVP_CIPHER_CTX_new();
	FUZZ_ASSERT(ctx && EVP_EncryptInit_ex(ctx, cipher(a), NULL, NULL, NULL));
	FUZZ_ASSERT(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, ZC_AEAD_IV, NULL));
	if (a->mode == ZC_AEAD_CCM)
		FUZZ_ASSERT(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, ZC_AEAD_TAG,
						NULL));
	FUZZ_ASSERT(EVP_EncryptInit_ex(ctx, NULL, NULL, a->key.ptr, a->iv));
	if (a->mode == ZC_AEAD_CCM)
		FUZZ_ASSERT(EVP_EncryptUpdate(ctx, NULL, &n, NULL, len));
	if (a->aad.len > 0)
		FUZZ_ASSERT(
			EVP_EncryptUpdate(ctx, NULL, &n, a->aad.ptr, (int)a->aad.len));
	FUZZ_ASSERT(EVP_EncryptUpdate(ctx, s->data, &n, s->plain.ptr, len) && n == len);
	FUZZ_ASSERT(EVP_EncryptFinal_ex(ctx, s->data + len, &n) && n == 0);
	FUZZ_ASSERT(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, ZC_AEAD_TAG, s->tag));
}

static void opens(const struct sealed *s, bool in_place)
{
	uint8_t *dst = malloc(s->plain.len);
	const uint8_t *src = s->data;

	FUZZ_ASSERT(dst);
	if (in_place)
		src = memcpy(dst, s->data, s->plain.len);
	FUZZ_ASSERT(zc_aead_open(&s->a, zb_span(src, s->plain.len), dst) == 0);
	FUZZ_ASSERT(memcmp(dst, s->plain.ptr, s->plain.len) == 0);
	free(dst);
}

/* Turns over bit `which` of data and tag, opens, and turns it back. */
static void does_not_open(struct sealed *s, unsigned int which)
{
	size_t bit = which % ((s->plain.len + ZC_AEAD_TAG) * 8);
	uint8_t *at = bit / 8 < s->plain.len ? s->data + bit / 8
					     : s->tag + (bit / 8 - s->plain.len);
	uint8_t *dst = malloc(s->plain.len);

	FUZZ_ASSERT(dst);
	memset(dst, 1, s->plain.len);
	*at ^= (uint8_t)(1U << bit % 8);
	FUZZ_ASSERT(zc_aead_open(&s->a, zb_span(s->data, s->plain.len), dst) ==
		    ZB_EBADMAC);
	*at ^= (uint8_t)(1U << bit % 8);
	for (size_t i = 0; i < s->plain.len; i++)
		FUZZ_ASSERT(dst[i] == 0);
	free(dst);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sealed s = { .a = { .tag = s.tag } };
	size_t key_len, aad_len;

	if (size < HEAD + ZC_AES_KEY_MAX)
		return 0;
	key_len = 16 + 8 * ((data[0] >> 1 & 3) % 3);
	aad_len = data[1];
	if (size - HEAD - key_len <= aad_len)
		return 0;
	s.a.mode = data[0] & 1 ? ZC_AEAD_GCM : ZC_AEAD_CCM;
	s.a.iv = data + 4;
	s.a.key = zb_span(data + HEAD, key_len);
	s.a.aad = zb_span(data + HEAD + key_len, aad_len);
	s.plain =
		zb_span(data + HEAD + key_len + aad_len, size - HEAD - key_len - aad_len);
	s.data = malloc(s.plain.len + ZC_AEAD_TAG);
	FUZZ_ASSERT(s.data);
	seal(&s);
	opens(&s, data[0] >> 3 & 1);
	does_not_open(&s, zb_load16(data + 2, ZB_LE));
	free(s.data);
	return 0;
}
