/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CODEC_TEST_H
#define CODEC_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "codec/aes.h"
#include "codec/decompress.h"

/* What the tests of decompressors and ciphers share. */

/* Deterministic data of several kinds, from incompressible to constant. */
enum sample_kind {
	SAMPLE_ZEROS,
	SAMPLE_RANDOM,
	SAMPLE_TEXT,
	SAMPLE_RUNS,   /* short patterns of period 1 to 20, repeated */
	SAMPLE_SPARSE, /* zeros with some bytes between */
	SAMPLE_MIXED,  /* the above in turns */
	SAMPLE_KINDS,
};

uint32_t sample_random(uint32_t *state);
void sample_fill(enum sample_kind kind, uint32_t seed, uint8_t *buf, size_t len);

/* A decompressor with its workspace, if any, supplied. */
typedef int (*codec_fn)(struct zb_span src, uint8_t *dst, size_t dst_len);

/*
 * Decodes src from a heap copy of exactly its size into a heap block of exactly dst_len, so
 * that a sanitizer sees every byte that is touched outside.
 */
int codec_decode_exact(codec_fn fn, struct zb_span src, uint8_t *dst, size_t dst_len);

/* src must decode to what data holds, alone and with padding behind it. */
void codec_assert_decodes(codec_fn fn, struct zb_span src, struct zb_span data);

/* A shorter or longer dst than what src holds must be refused, and any prefix of src too. */
void codec_assert_exact_length(codec_fn fn, struct zb_span src, size_t dst_len);
void codec_assert_truncations_fail(codec_fn fn, struct zb_span src, size_t dst_len);

/* Damaged inputs, n of them: the bytes around dst must stay. */
void codec_assert_contained(codec_fn fn, struct zb_span src, size_t dst_len,
			    unsigned int n);

/* ---- encrypted by libcrypto ---- */

#define SEALED_MAX     700
#define SEALED_AAD_MAX 70000

struct sealed {
	enum zc_aead_mode mode;
	size_t key_len, aad_len, len;
	uint8_t key[ZC_AES_KEY_MAX], iv[ZC_AEAD_IV], tag[ZC_AEAD_TAG];
	uint8_t plain[SEALED_MAX], cipher[SEALED_MAX];
	uint8_t aad[SEALED_AAD_MAX];
};

/* The lengths are in bytes; the content depends on them. */
void sealed_make(struct sealed *m, enum zc_aead_mode mode, size_t key_len, size_t aad_len,
		 size_t len);

/* What opens it. */
struct zc_aead sealed_aead(const struct sealed *m);

#endif
