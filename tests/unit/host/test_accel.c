/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/enums.h"
#include "codec/kdf.h"
#include "host/accel.h"
#include "tests/unit/codec/codec_test.h"

/* Everything here is compared with lib/codec's, which the loaders have. */

#define ROOM ((size_t)300 << 10)

static uint8_t *data; /* ROOM random bytes */

static uint32_t rng = 20221122;

static size_t below(size_t limit)
{
	return sample_random(&rng) % limit;
}

static void assert_same(const struct zc_cksum *got, const struct zc_cksum *want)
{
	assert_memory_equal(got->word, want->word, sizeof(want->word));
}

/* ---- checksums ---- */

static void compare_fletcher4(struct zb_span s)
{
	struct zc_cksum want, got;

	for (enum zb_endian e = ZB_LE; e <= ZB_BE; e++) {
		zc_fletcher4(s, e, &want);
		zh_fletcher4(s, e, &got);
		assert_same(&got, &want);
		if (zh_fletcher4_by_4(s, e, &got))
			assert_same(&got, &want);
		if (zh_fletcher4_by_8(s, e, &got))
			assert_same(&got, &want);
		assert_int_equal(zh_checksum(ZF_CHECKSUM_FLETCHER_4, e, s, &got), 0);
		assert_same(&got, &want);
	}
}

static void fletcher4_of_every_short_length(void **state)
{
	for (size_t len = 0; len < 300; len++)
		for (size_t at = 0; at < 17; at++)
			compare_fletcher4(zb_span(data + at, len));
}

static void fletcher4_of_whole_blocks_at_random_places(void **state)
{
	for (unsigned int i = 0; i < 100; i++) {
		size_t len = below(ROOM / 512) * 512;

		compare_fletcher4(zb_span(data + below(ROOM - len), len));
	}
}

/* Each sum but the first passes 2^64 several times. */
static void fletcher4_of_the_largest_words(void **state)
{
	size_t len = (size_t)16 << 20;
	uint8_t *ones = malloc(len);

	assert_non_null(ones);
	memset(ones, 0xff, len);
	compare_fletcher4(zb_span(ones, len));
	free(ones);
}

static void compare_hashes(struct zb_span s)
{
	uint8_t digest[ZC_SHA512_SIZE];
	struct zc_sha512_ctx ctx;
	struct zc_cksum want, got;

	zc_sha512_256_init(&ctx);
	zc_sha512_update(&ctx, s);
	zc_sha512_final(&ctx, digest);
	for (enum zb_endian e = ZB_LE; e <= ZB_BE; e++) {
		for (unsigned int i = 0; i < 4; i++)
			want.word[i] = zb_load64(digest + 8 * i, e);
		assert_int_equal(zh_checksum(ZF_CHECKSUM_SHA512, e, s, &got), 0);
		assert_same(&got, &want);
		zc_sha256(s, &want);
		assert_int_equal(zh_checksum(ZF_CHECKSUM_SHA256, e, s, &got), 0);
		assert_same(&got, &want);
		assert_int_equal(zh_accel()->checksum(ZF_CHECKSUM_SHA256, e, s, &got), 0);
		assert_same(&got, &want);
	}
}

static void hashes_of_random_lengths(void **state)
{
	for (size_t len = 0; len < 300; len++)
		compare_hashes(zb_span(data + len % 16, len));
	for (unsigned int i = 0; i < 20; i++) {
		size_t len = below(ROOM);

		compare_hashes(zb_span(data + below(ROOM - len), len));
	}
}

static void other_checksums_are_left_to_the_reader(void **state)
{
	struct zc_cksum got;

	for (unsigned int c = 0; c < 256; c++)
		if (c != ZF_CHECKSUM_FLETCHER_4 && c != ZF_CHECKSUM_SHA256 &&
		    c != ZF_CHECKSUM_SHA512)
			assert_int_equal(zh_checksum(c, ZB_LE, zb_span(data, 512), &got),
					 ZB_ENOTSUP);
}

/* ---- PBKDF2 ---- */

static void pbkdf2_of_random_passwords(void **state)
{
	for (unsigned int i = 0; i < 200; i++) {
		struct zb_span password = zb_span(data + i, below(150));
		struct zb_span salt = zb_span(data + 1000 + i, below(100));
		uint8_t want[100], got[100];
		uint64_t iterations = 1 + below(i < 100 ? 4 : 300);
		size_t len = 1 + below(sizeof(got));

		memset(got, 0xa5, sizeof(got));
		memset(want, 0xa5, sizeof(want));
		zc_pbkdf2_sha1(password, salt, iterations, want, len);
		assert_int_equal(zh_pbkdf2_sha1(password, salt, iterations, got, len), 0);
		assert_memory_equal(got, want, sizeof(want));
	}
}

/* ---- ciphers ---- */

/* Both give the same result for m, in place too, and neither writes beyond its end. */
static void compare_open(const struct sealed *m, int result)
{
	const struct zc_aead a = sealed_aead(m);
	struct zb_span src = zb_span(m->cipher, m->len);
	uint8_t want[SEALED_MAX + 16], got[SEALED_MAX + 16];

	memset(want, 0xa5, sizeof(want));
	memset(got, 0xa5, sizeof(got));
	assert_int_equal(zc_aead_open(&a, src, want), result);
	assert_int_equal(zh_aead_open(&a, src, got), result);
	assert_memory_equal(got, want, sizeof(want));
	memcpy(got, m->cipher, m->len);
	assert_int_equal(zh_aead_open(&a, zb_span(got, m->len), got), result);
	assert_memory_equal(got, want, sizeof(want));
}

static void compare_sealed(enum zc_aead_mode mode, size_t key_len, size_t aad_len,
			   size_t len)
{
	static struct sealed m;
	uint8_t *const parts[] = { m.key, m.iv, m.tag, m.tag + ZC_AEAD_TAG - 1,
				   m.cipher + below(len) };

	sealed_make(&m, mode, key_len, aad_len, len);
	compare_open(&m, 0);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		*parts[i] ^= 0x20;
		compare_open(&m, ZB_EBADMAC);
		*parts[i] ^= 0x20;
	}
	if (aad_len > 0) {
		m.aad[aad_len - 1] ^= 1;
		compare_open(&m, ZB_EBADMAC);
	}
}

static void opens_and_refuses_the_same(void **state)
{
	for (int mode = ZC_AEAD_CCM; mode <= ZC_AEAD_GCM; mode++) {
		for (size_t key = 16; key <= 32; key += 8) {
			for (size_t len = 1; len <= SEALED_MAX; len += len < 70 ? 1 : 61)
				compare_sealed(mode, key, below(300), len);
			compare_sealed(mode, key, 0, 512);
			compare_sealed(mode, key, 65279, 48);
			compare_sealed(mode, key, 65280, 48);
			compare_sealed(mode, key, SEALED_AAD_MAX, 48);
		}
	}
}

static void no_text_is_left_to_the_reader(void **state)
{
	static struct sealed m;

	for (int mode = ZC_AEAD_CCM; mode <= ZC_AEAD_GCM; mode++) {
		struct zc_aead a;

		sealed_make(&m, mode, 32, 40, 0);
		a = sealed_aead(&m);
		assert_int_equal(zh_aead_open(&a, zb_span(NULL, 0), NULL), ZB_ENOTSUP);
	}
}

static int fill(void **state)
{
	data = malloc(ROOM);
	if (!data)
		return -1;
	sample_fill(SAMPLE_RANDOM, 1, data, ROOM);
	return 0;
}

static int drop(void **state)
{
	free(data);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fletcher4_of_every_short_length),
		cmocka_unit_test(fletcher4_of_whole_blocks_at_random_places),
		cmocka_unit_test(fletcher4_of_the_largest_words),
		cmocka_unit_test(hashes_of_random_lengths),
		cmocka_unit_test(other_checksums_are_left_to_the_reader),
		cmocka_unit_test(pbkdf2_of_random_passwords),
		cmocka_unit_test(opens_and_refuses_the_same),
		cmocka_unit_test(no_text_is_left_to_the_reader),
	};

	return cmocka_run_group_tests(tests, fill, drop);
}
