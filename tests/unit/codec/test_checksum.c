/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec_test.h"
#include <openssl/sha.h>
#include "codec/checksum.h"

static void assert_cksum(const struct zc_cksum *c, uint64_t w0, uint64_t w1, uint64_t w2,
			 uint64_t w3)
{
	const struct zc_cksum want = { { w0, w1, w2, w3 } };

	assert_true(zc_cksum_equal(c, &want));
}

/*
 * In closed form: with k words from word i to the end, the four sums weigh word i by 1, k,
 * k(k+1)/2 and k(k+1)(k+2)/6.
 */
static void fletcher4_equals_its_closed_form(void **state)
{
	static const size_t sizes[] = { 0, 4, 8, 512, 4096, 65536 };
	static uint8_t data[65536];
	struct zc_cksum c;

	sample_fill(SAMPLE_RANDOM, 1, data, sizeof(data));
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		for (int e = ZB_LE; e <= ZB_BE; e++) {
			uint64_t sum[4] = { 0 };

			for (size_t i = 0; i < sizes[s]; i += 4) {
				uint64_t w = zb_load32(data + i, e);
				uint64_t k = (sizes[s] - i) / 4;

				sum[0] += w;
				sum[1] += w * k;
				sum[2] += w * (k * (k + 1) / 2);
				sum[3] += w * (k * (k + 1) * (k + 2) / 6);
			}
			zc_fletcher4(zb_span(data, sizes[s]), e, &c);
			assert_cksum(&c, sum[0], sum[1], sum[2], sum[3]);
		}
	}
}

static void fletcher2_equals_its_closed_form(void **state)
{
	static uint8_t data[8192];
	struct zc_cksum c;

	sample_fill(SAMPLE_RANDOM, 2, data, sizeof(data));
	for (int e = ZB_LE; e <= ZB_BE; e++) {
		uint64_t sum[4] = { 0 };

		for (size_t i = 0; i < sizeof(data); i += 16) {
			uint64_t k = (sizeof(data) - i) / 16;

			sum[0] += zb_load64(data + i, e);
			sum[1] += zb_load64(data + i + 8, e);
			sum[2] += zb_load64(data + i, e) * k;
			sum[3] += zb_load64(data + i + 8, e) * k;
		}
		zc_fletcher2(zb_span(data, sizeof(data)), e, &c);
		assert_cksum(&c, sum[0], sum[1], sum[2], sum[3]);
	}
}

static void assert_sha256(const uint8_t *data, size_t len, const struct zc_cksum *c)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	SHA256(data, len, digest);
	assert_cksum(c, zb_load64(digest, ZB_BE), zb_load64(digest + 8, ZB_BE),
		     zb_load64(digest + 16, ZB_BE), zb_load64(digest + 24, ZB_BE));
}

static void sha256_equals_libcrypto_at_every_length(void **state)
{
	uint8_t data[300];
	struct zc_cksum c;

	sample_fill(SAMPLE_RANDOM, 3, data, sizeof(data));
	for (size_t len = 0; len <= sizeof(data); len++) {
		zc_sha256(zb_span(data, len), &c);
		assert_sha256(data, len, &c);
	}
	zc_sha256(zb_span("abc", 3), &c);
	assert_cksum(&c, 0xba7816bf8f01cfea, 0x414140de5dae2223, 0xb00361a396177a9c,
		     0xb410ff61f20015ad);
}

static void sha256_in_pieces_equals_the_whole(void **state)
{
	uint8_t data[4000];
	uint32_t rng = 4;
	struct zc_cksum c;

	sample_fill(SAMPLE_RANDOM, 4, data, sizeof(data));
	for (int round = 0; round < 200; round++) {
		struct zc_sha256_ctx ctx;
		size_t at = 0;

		zc_sha256_init(&ctx);
		while (at < sizeof(data)) {
			size_t n = sample_random(&rng) % 200;

			n = n < sizeof(data) - at ? n : sizeof(data) - at;
			zc_sha256_update(&ctx, zb_span(data + at, n));
			at += n;
		}
		zc_sha256_final(&ctx, &c);
		assert_sha256(data, sizeof(data), &c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fletcher4_equals_its_closed_form),
		cmocka_unit_test(fletcher2_equals_its_closed_form),
		cmocka_unit_test(sha256_equals_libcrypto_at_every_length),
		cmocka_unit_test(sha256_in_pieces_equals_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
