/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec_test.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include "codec/kdf.h"

static void sha1_equals_libcrypto_at_every_length(void **state)
{
	uint8_t data[200], got[ZC_SHA1_SIZE], want[EVP_MAX_MD_SIZE];
	struct zc_sha1_ctx ctx;

	sample_fill(SAMPLE_RANDOM, 1, data, sizeof(data));
	for (size_t len = 0; len <= sizeof(data); len++) {
		zc_sha1_init(&ctx);
		zc_sha1_update(&ctx, zb_span(data, len / 3));
		zc_sha1_update(&ctx, zb_span(data + len / 3, len - len / 3));
		zc_sha1_final(&ctx, got);
		assert_true(EVP_Digest(data, len, want, NULL, EVP_sha1(), NULL));
		assert_memory_equal(got, want, sizeof(got));
	}
}

static void hmac_equals_libcrypto(void **state)
{
	static const size_t keys[] = { 0, 1, 32, 64, 127, 128, 129, 300 };
	uint8_t key[300], data[500], got[ZC_SHA512_SIZE], want[EVP_MAX_MD_SIZE];
	struct zc_hmac_sha512 ctx;

	sample_fill(SAMPLE_RANDOM, 2, key, sizeof(key));
	sample_fill(SAMPLE_RANDOM, 3, data, sizeof(data));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		for (size_t len = 0; len <= sizeof(data); len += 50) {
			zc_hmac_sha512_init(&ctx, zb_span(key, keys[i]));
			zc_hmac_sha512_update(&ctx, zb_span(data, len));
			zc_hmac_sha512_final(&ctx, got);
			assert_non_null(HMAC(EVP_sha512(), key, (int)keys[i], data, len,
					     want, NULL));
			assert_memory_equal(got, want, sizeof(got));
		}
	}
}

static void hkdf_equals_libcrypto(void **state)
{
	uint8_t material[32], info[8], got[32], want[32];
	struct zc_hmac_sha512 prk;
	EVP_PKEY_CTX *ctx;
	size_t len;

	for (uint32_t i = 0; i < 20; i++) {
		sample_fill(SAMPLE_RANDOM, i, material, sizeof(material));
		sample_fill(SAMPLE_RANDOM, i + 100, info, sizeof(info));
		zc_hkdf_sha512_extract(&prk, zb_span(material, sizeof(material)));
		zc_hkdf_sha512_expand(&prk, zb_span(info, sizeof(info)), got, 32);
		ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
		len = sizeof(want);
		assert_true(EVP_PKEY_derive_init(ctx) > 0 &&
			    EVP_PKEY_CTX_set_hkdf_md(ctx, EVP_sha512()) > 0 &&
			    EVP_PKEY_CTX_set1_hkdf_key(ctx, material, 32) > 0 &&
			    EVP_PKEY_CTX_add1_hkdf_info(ctx, info, 8) > 0 &&
			    EVP_PKEY_derive(ctx, want, &len) > 0);
		EVP_PKEY_CTX_free(ctx);
		assert_memory_equal(got, want, sizeof(want));
	}
}

static void pbkdf2_equals_libcrypto(void **state)
{
	static const char *const passwords[] = {
		"",
		"password",
		"p\303\244ssw\303\266rd with more than a block of SHA-1, that "
		"is, more than sixty-four bytes",
	};
	static const uint64_t iterations[] = { 1, 2, 3, 1000 };
	uint8_t salt[8], got[50], want[50];

	sample_fill(SAMPLE_RANDOM, 4, salt, sizeof(salt));
	for (size_t p = 0; p < 3; p++) {
		for (size_t i = 0; i < 4; i++) {
			zc_pbkdf2_sha1(zb_span(passwords[p], strlen(passwords[p])),
				       zb_span(salt, sizeof(salt)), iterations[i], got,
				       sizeof(got));
			assert_true(PKCS5_PBKDF2_HMAC_SHA1(
				passwords[p], (int)strlen(passwords[p]), salt,
				sizeof(salt), (int)iterations[i], sizeof(want), want));
			assert_memory_equal(got, want, sizeof(want));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha1_equals_libcrypto_at_every_length),
		cmocka_unit_test(hmac_equals_libcrypto),
		cmocka_unit_test(hkdf_equals_libcrypto),
		cmocka_unit_test(pbkdf2_equals_libcrypto),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
