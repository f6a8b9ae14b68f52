/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec_test.h"
#include <openssl/evp.h>
#include "codec/hash.h"

static void assert_hex(const uint8_t *got, const char *hex)
{
	char text[2 * 64 + 1];

	for (size_t i = 0; i < strlen(hex) / 2; i++)
		snprintf(text + 2 * i, 3, "%02x", got[i]);
	assert_string_equal(text, hex);
}

/* Feeds data in pieces of all sizes from one byte up. */
#define FEED(update, ctx, data, len)                                                     \
	do {                                                                             \
		for (size_t at = 0, n = 1; at < (len); at += n, n++) {                   \
			n = n < (len)-at ? n : (len)-at;                                 \
			update(ctx, zb_span((data) + at, n));                            \
		}                                                                        \
	} while (0)

static void sha512_equals_libcrypto_at_every_length(void **state)
{
	uint8_t data[600], got[ZC_SHA512_SIZE], want[64];
	struct zc_sha512_ctx ctx;

	sample_fill(SAMPLE_RANDOM, 1, data, sizeof(data));
	for (size_t len = 0; len <= sizeof(data); len++) {
		zc_sha512_init(&ctx);
		FEED(zc_sha512_update, &ctx, data, len);
		zc_sha512_final(&ctx, got);
		assert_true(EVP_Digest(data, len, want, NULL, EVP_sha512(), NULL));
		assert_memory_equal(got, want, 64);
		zc_sha512_256_init(&ctx);
		zc_sha512_update(&ctx, zb_span(data, len));
		zc_sha512_final(&ctx, got);
		assert_true(EVP_Digest(data, len, want, NULL, EVP_sha512_256(), NULL));
		assert_memory_equal(got, want, 32);
	}
}

static void skein(const uint8_t *data, size_t len, struct zb_span key, unsigned int bits,
		  uint8_t digest[ZC_SKEIN_BLOCK])
{
	struct zc_skein_ctx ctx;

	zc_skein_init(&ctx, key, bits);
	zc_skein_update(&ctx, zb_span(data, len));
	zc_skein_final(&ctx, digest);
}

/* "The Skein Hash Function Family" 1.3, appendix C.2; the message is ff, fe, fd ... */
static void skein_gives_its_papers_digests(void **state)
{
	static const struct {
		size_t len;
		const char *hex;
	} vectors[] = {
		{ 1, "71b7bce6fe6452227b9ced6014249e5bf9a9754c3ad618ccc4e0aae16b316cc8"
		     "ca698d864307ed3e80b6ef1570812ac5272dc409b5a012df2a579102f340617a" },
		{ 64,
		  "45863ba3be0c4dfc27e75d358496f4ac9a736a505d9313b42b2f5eada79fc17f"
		  "63861e947afb1d056aa199575ad3f8c9a3cc1780b5e5fa4cae050e989876625b" },
		{ 128,
		  "91cca510c263c4ddd010530a33073309628631f308747e1bcbaa90e451cab92e"
		  "5188087af4188773a332303e6667a7a210856f742139000071f48e8ba2a5adb7" },
	};
	uint8_t data[128], got[ZC_SKEIN_BLOCK];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(0xff - i);
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		skein(data, vectors[i].len, zb_span(NULL, 0), 512, got);
		assert_hex(got, vectors[i].hex);
	}
}

/* The SHA-3 submission's digest of nothing with 256 bits of output. */
static void skein_of_256_bits_gives_its_known_digest(void **state)
{
	uint8_t got[ZC_SKEIN_BLOCK];

	skein(NULL, 0, zb_span(NULL, 0), 256, got);
	assert_hex(got,
		   "39ccc4554a8b31853b9de7a1fe638a24cce6b35a55f2431009e18780335d2621");
}

/* That it is the right MAC show the pools that OpenZFS made. */
static void skein_in_pieces_equals_skein_at_once(void **state)
{
	uint8_t data[600], key[32], got[ZC_SKEIN_BLOCK], want[ZC_SKEIN_BLOCK];
	struct zc_skein_ctx ctx;

	sample_fill(SAMPLE_RANDOM, 2, data, sizeof(data));
	sample_fill(SAMPLE_RANDOM, 3, key, sizeof(key));
	for (size_t len = 0; len <= sizeof(data); len++) {
		skein(data, len, zb_span(key, sizeof(key)), 256, want);
		zc_skein_init(&ctx, zb_span(key, sizeof(key)), 256);
		FEED(zc_skein_update, &ctx, data, len);
		zc_skein_final(&ctx, got);
		assert_memory_equal(got, want, 32);
	}
}

static void edonr(const void *data, size_t len, uint8_t digest[ZC_EDONR_SIZE])
{
	struct zc_edonr_ctx ctx;

	zc_edonr_init(&ctx);
	zc_edonr_update(&ctx, zb_span(data, len));
	zc_edonr_final(&ctx, digest);
}

/* The two messages of FIPS 180's examples; the digests are of Edon-R's reference code. */
static void edonr_gives_its_known_digests(void **state)
{
	static const char longer[] = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklm"
				     "ghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
				     "mnopqrstnopqrstu";
	uint8_t got[ZC_EDONR_SIZE];

	edonr("abc", 3, got);
	assert_hex(got,
		   "1b14db155f1d406594b8cef70a4362ec6b5de6a5daf50ec999e987c19d3049e2"
		   "de5977bb05b1bb220050a1ea5b46a9f1740acafbf6b45032adc90c628372c22b");
	edonr(longer, strlen(longer), got);
	assert_hex(got,
		   "5351070dc51c3b2baca5a60d0252ccb4e4921a96fe5a69e76dad48fd21a0845a"
		   "d57f880b3e4a907bc503151842bb949e1cba7439a6409a34b8436cb46921583c");
}

static void edonr_in_pieces_equals_edonr_at_once(void **state)
{
	uint8_t data[600], got[ZC_EDONR_SIZE], want[ZC_EDONR_SIZE];
	struct zc_edonr_ctx ctx;

	sample_fill(SAMPLE_RANDOM, 4, data, sizeof(data));
	for (size_t len = 0; len <= sizeof(data); len++) {
		edonr(data, len, want);
		zc_edonr_init(&ctx);
		FEED(zc_edonr_update, &ctx, data, len);
		zc_edonr_final(&ctx, got);
		assert_memory_equal(got, want, sizeof(want));
	}
}

/* From the test vectors that BLAKE3's authors publish. */
static void blake3_gives_its_published_digests(void **state)
{
	static const char key[] = "whats the Elvish word for friend";
	static const struct {
		size_t len;
		const char *plain, *keyed;
	} vectors[] = {
		{ 0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
		  "92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26" },
		{ 1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213",
		  "6d7878dfff2f485635d39013278ae14f1454b8c0a3a2d34bc1ab38228a80c95b" },
		{ 63, "e9bc37a594daad83be9470df7f7b3798297c3d834ce80ba85d6e207627b7db7b",
		  "bb1eb5d4afa793c1ebdd9fb08def6c36d10096986ae0cfe148cd101170ce37ae" },
		{ 64, "4eed7141ea4a5cd4b788606bd23f46e212af9cacebacdc7d1f4c6dc7f2511b98",
		  "ba8ced36f327700d213f120b1a207a3b8c04330528586f414d09f2f7d9ccb7e6" },
		{ 65, "de1e5fa0be70df6d2be8fffd0e99ceaa8eb6e8c93a63f2d8d1c30ecb6b263dee",
		  "c0a4edefa2d2accb9277c371ac12fcdbb52988a86edc54f0716e1591b4326e72" },
		{ 1023,
		  "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11",
		  "c951ecdf03288d0fcc96ee3413563d8a6d3589547f2c2fb36d9786470f1b9d6e" },
		{ 1024,
		  "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7",
		  "75c46f6f3d9eb4f55ecaaee480db732e6c2105546f1e675003687c31719c7ba4" },
		{ 1025,
		  "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444",
		  "357dc55de0c7e382c900fd6e320acc04146be01db6a8ce7210b7189bd664ea69" },
		{ 2048,
		  "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a",
		  "879cf1fa2ea0e79126cb1063617a05b6ad9d0b696d0d757cf053439f60a99dd1" },
		{ 2049,
		  "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030",
		  "9f29700902f7c86e514ddc4df1e3049f258b2472b6dd5267f61bf13983b78dd5" },
		{ 3072,
		  "b98cb0ff3623be03326b373de6b9095218513e64f1ee2edd2525c7ad1e5cffd2",
		  "044a0e7b172a312dc02a4c9a818c036ffa2776368d7f528268d2e6b5df191770" },
		{ 3073,
		  "7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3",
		  "68dede9bef00ba89e43f31a6825f4cf433389fedae75c04ee9f0cf16a427c95a" },
		{ 4096,
		  "015094013f57a5277b59d8475c0501042c0b642e531b0a1c8f58d2163229e969",
		  "befc660aea2f1718884cd8deb9902811d332f4fc4a38cf7c7300d597a081bfc0" },
		{ 4097,
		  "9b4052b38f1c5fc8b1f9ff7ac7b27cd242487b3d890d15c96a1c25b8aa0fb995",
		  "00df940cd36bb9fa7cbbc3556744e0dbc8191401afe70520ba292ee3ca80abbc" },
		{ 5120,
		  "9cadc15fed8b5d854562b26a9536d9707cadeda9b143978f319ab34230535833",
		  "2c493e48e9b9bf31e0553a22b23503c0a3388f035cece68eb438d22fa1943e20" },
		{ 8192,
		  "aae792484c8efe4f19e2ca7d371d8c467ffb10748d8a5a1ae579948f718a2a63",
		  "dc9637c8845a770b4cbf76b8daec0eebf7dc2eac11498517f08d44c8fc00d58a" },
		{ 8193,
		  "bab6c09cb8ce8cf459261398d2e7aef35700bf488116ceb94a36d0f5f1b7bc3b",
		  "954a2a75420c8d6547e3ba5b98d963e6fa6491addc8c023189cc519821b4a1f5" },
		{ 31744,
		  "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47",
		  "efa53b389ab67c593dba624d898d0f7353ab99e4ac9d42302ee64cbf9939a419" },
		{ 102400,
		  "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085",
		  "1c35d1a5811083fd7119f5d5d1ba027b4d01c0c6c49fb6ff2cf75393ea5db4a7" },
	};
	static uint8_t data[102400];
	uint8_t got[ZC_BLAKE3_SIZE];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i % 251);
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		zc_blake3(NULL, zb_span(data, vectors[i].len), got);
		assert_hex(got, vectors[i].plain);
		zc_blake3((const uint8_t *)key, zb_span(data, vectors[i].len), got);
		assert_hex(got, vectors[i].keyed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha512_equals_libcrypto_at_every_length),
		cmocka_unit_test(skein_gives_its_papers_digests),
		cmocka_unit_test(skein_of_256_bits_gives_its_known_digest),
		cmocka_unit_test(skein_in_pieces_equals_skein_at_once),
		cmocka_unit_test(edonr_gives_its_known_digests),
		cmocka_unit_test(edonr_in_pieces_equals_edonr_at_once),
		cmocka_unit_test(blake3_gives_its_published_digests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
