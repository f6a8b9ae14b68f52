/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec_test.h"
#include "codec/aes.h"

static int open_it(const struct sealed *m, uint8_t *dst)
{
	const struct zc_aead a = sealed_aead(m);

	return zc_aead_open(&a, zb_span(m->cipher, m->len), dst);
}

static void opens(enum zc_aead_mode mode, size_t key_len, size_t aad_len, size_t len)
{
	uint8_t got[SEALED_MAX];
	struct sealed m;

	sealed_make(&m, mode, key_len, aad_len, len);
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
			for (size_t len = 1; len <= SEALED_MAX; len += len < 70 ? 1 : 61)
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
	static const uint8_t zeros[SEALED_MAX];
	uint8_t got[SEALED_MAX];
	struct sealed m;

	for (int mode = ZC_AEAD_CCM; mode <= ZC_AEAD_GCM; mode++) {
		uint8_t *const parts[] = { m.key,    m.iv,	    m.tag,
					   m.cipher, m.cipher + 99, m.aad };

		sealed_make(&m, mode, 16, 32, 100);
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

	assert_int_equal(zc_aead_open(&a, zb_span(&a, 1 << 24), NULL), ZB_EINVAL);
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
