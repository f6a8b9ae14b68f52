/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZC_AES_H
#define ZC_AES_H

#include "base/span.h"

/*
 * AES with keys of 16, 24 or 32 bytes, and the two authenticated modes of ZFS. Table look-ups
 * depend on the key: whoever shares the processor's caches could measure them. Hosts have
 * something better (struct zr_accel).
 */
#define ZC_AES_BLOCK   16
#define ZC_AES_KEY_MAX 32

struct zc_aes {
	unsigned int rounds;
	uint32_t key[4 * 15];
};

void zc_aes_init(struct zc_aes *aes, struct zb_span key);
void zc_aes_encrypt(const struct zc_aes *aes, const uint8_t in[ZC_AES_BLOCK],
		    uint8_t out[ZC_AES_BLOCK]);

enum zc_aead_mode {
	ZC_AEAD_CCM,
	ZC_AEAD_GCM,
};

#define ZC_AEAD_IV  12
#define ZC_AEAD_TAG 16

/* What is opened: len bytes at src with their tag, and aad, which is only authenticated. */
struct zc_aead {
	enum zc_aead_mode mode;
	struct zb_span key; /* 16, 24 or 32 bytes */
	const uint8_t *iv;
	struct zb_span aad;
	const uint8_t *tag;
};

/*
 * Decrypts and authenticates; dst may be src.ptr. ZB_EBADMAC, with zeros in dst, if the tag is
 * another; ZB_EINVAL if it is too much for the mode (CCM: 2^24 - 1 bytes, both: 2^32 - 1).
 */
ZB_MUST_CHECK int zc_aead_open(const struct zc_aead *a, struct zb_span src, uint8_t *dst);

/* Equal, in a time that does not depend on where the difference is. */
static inline bool zc_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint8_t diff = 0;

	for (size_t i = 0; i < len; i++)
		diff |= (uint8_t)(a[i] ^ b[i]);
	return diff == 0;
}

/* Zeros that no compiler leaves away, for keys. */
static inline void zc_wipe(void *p, size_t len)
{
	__builtin_memset(p, 0, len);
	__asm__ volatile("" : : "r"(p) : "memory");
}

#endif
