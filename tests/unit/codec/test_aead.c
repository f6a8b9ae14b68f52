/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec_test.h"
#include <openssl/evp.h>
#include "codec/aes.h"

#define MAX_LEN 700
#define MAX_AAD 70000

struct message {
	enum zc_aead_mode mode;
	size_t key_len, aad_len, len;
	uint8_t key[ZC_AES_KEY_MAX], iv[ZC_AEAD_IV], tag[ZC_AEAD_TAG];
	uint8_t plain[MAX_LEN], cipher[MAX_LEN];
};

static uint8_t aad[MAX_AAD];

static const EVP_CIPHER *cipher_of(const struct message *m)
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
static void encrypt(struct message *m)
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
		assert_true(EVP_EncryptUpdate(ctx, NULL, &n, aad, (int)m->aad_len));
	assert_true(EVP_EncryptUpdate(ctx, m->cipher, &n, m->plain, (int)m->len));
	assert_true(EVP_EncryptFinal_ex(ctx, m->cipher + n, &n));
	assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, ZC_AEAD_TAG, m->tag));
	EVP_CIPHER_CTX_free(ctx);
}

static int open_it(const struct message *m, uint8_t *dst)
{
	const struct zc_aead a = {
		.mode = m->mode,
		.key = zb_span(m->key, m->key_len),
		.iv = m->iv,
		.aad = zb_span(aad, m->aad_len),
		.tag = m->tag,
	};

	return zc_aead_open(&a, zb_span(m->cipher, m->len), dst);
}

static void make(struct message *m, enum zc_aead_mode mode, size_t key_len,
		 size_t aad_len, size_t len)
{
	*m = (struct message){
		.mode = mode, .key_len = key_len, .aad_len = aad_len, .len = len
	};
	sample_fill(SAMPLE_RANDOM, (uint32_t)(len + aad_len), m->key, sizeof(m->key));
	sample_fill(SAMPLE_RANDOM, (uint32_t)len + 1, m->iv, sizeof(m->iv));
	sample_fill(SAMPLE_RANDOM, (uint32_t)len + 2, m->plain, sizeof(m->plain));
	sample_fill(SAMPLE_RANDOM, 3, aad, sizeof(aad));
	encrypt(m);
}

static void opens(enum zc_aead_mode mode, size_t key_len, size_t aad_len, size_t len)
{
	uint8_t got[MAX_LEN];
	struct message m;

	make(&m, mode, key_len, aad_len, len);
	assert_int_equal(open_it(&m, got), 0);
	assert_memory_equal(got, m.plain, len);
	/* in place */
	memcpy(got, m.cipher, len);
	memcpy(m.cipher, got, len);
	assert_int_equal(open_it(&m, m.cipher), 0);
	assert_memory_equal(m.cipher, m.plain, len);
}

static void opens_what_libcrypto_encrypted(void **state)
{
	static const size_t aads[] = { 0,  1,	  15,	 16,	17,   64,
				       96, 65279, 65280, 65281, 70000 };

	for (int mode = ZC_AEAD_CCM; mode <= ZC_AEAD_GCM; mode++) {
		for (size_t key = 16; key <= 32; key += 8) {
			for (size_t len = 1; len <= MAX_LEN; len += len < 70 ? 1 : 61)
				opens(mode, key, 0, len);
			for (size_t i = 0; i < sizeof(aads) / sizeof(aads[0]); i++)
				opens(mode, key, aads[i], 48);
		}
	}
}

/* A dnode block without an encrypted bonus is nothing but authenticated data. */
static void opens_nothing_but_authenticated_data(void **state)
{
	for (int mode = ZC_AEAD_CCM; mode <= ZC_AEAD_GCM; mode++)
		opens(mode, 32, 500, 0);
}

static void refuses_a_change_of_any_part(void **state)
{
	static const uint8_t zeros[MAX_LEN];
	uint8_t got[MAX_LEN];
	struct message m;

	for (int mode = ZC_AEAD_CCM; mode <= ZC_AEAD_GCM; mode++) {
		uint8_t *const parts[] = { m.key,    m.iv,	    m.tag,
					   m.cipher, m.cipher + 99, aad };

		make(&m, mode, 16, 32, 100);
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
			*parts[i] ^= 0x10;
			memset(got, 1, sizeof(got));
			assert_int_equal(open_it(&m, got), ZB_EBADMAC);
			assert_memory_equal(got, zeros, m.len);
			*parts[i] ^= 0x10;
		}
		assert_int_equal(open_it(&m, got), 0);
	}
}

/* The length field of CCM with this nonce has three bytes. */
static void refuses_more_than_ccm_can_count(void **state)
{
	const struct zc_aead a = { .mode = ZC_AEAD_CCM };

	assert_int_equal(zc_aead_open(&a, zb_span(aad, 1 << 24), NULL), ZB_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_what_libcrypto_encrypted),
		cmocka_unit_test(opens_nothing_but_authenticated_data),
		cmocka_unit_test(refuses_a_change_of_any_part),
		cmocka_unit_test(refuses_more_than_ccm_can_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
