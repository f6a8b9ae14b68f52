/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_KEYS_H
#define ZR_KEYS_H

#include "codec/aes.h"
#include "codec/kdf.h"
#include "fmt/crypt.h"
#include "read/dsl.h"

/*
 * Keys. A dataset's blocks are encrypted with keys that are derived from its master key, which
 * stands in a key object of the MOS, wrapped by the key of its encryption root, which a person
 * knows or has. Snapshots and clones share the key object of where they come from.
 */

/* What an encryption root's key has opened; wiped when the pool is closed. */
struct zr_wrapping_key {
	struct zr_wrapping_key *next;
	uint64_t root_dir; /* DSL directory of the encryption root */
	uint8_t key[ZF_CRYPT_WRAP_SIZE];
};

/* The opened key object of a dataset. Several threads may use it at once. */
struct zr_key {
	struct zr_key *next;
	uint64_t object;
	const struct zf_crypt_suite *suite;
	unsigned int version;
	struct zc_hmac_sha512 master; /* ready to derive blocks' keys */
	struct zc_hmac_sha512 hmac;   /* ready to authenticate */
};

/*
 * The key of a dataset; NULL if it is not encrypted. ZB_EKEY, which names the encryption root, if
 * that was not unlocked.
 */
ZB_MUST_CHECK int zr_dataset_key(struct zr_dataset *ds, const struct zr_key **ret_key,
				 struct zb_diag *diag);

/* zc_aead_open(), or what the host has in its place. */
ZB_MUST_CHECK int zr_aead_open(const struct zr_pool *pool, const struct zc_aead *a,
			       struct zb_span src, uint8_t *dst);

/* Wipes and frees all keys of a pool. */
void zr_keys_done(struct zr_pool *pool);

/* ---- blocks of encrypted datasets (crypt.c); bp->key may be NULL ---- */

/*
 * Level 0, type encrypted: psize bytes to psize bytes. Without a key ZB_EKEY, except for dnodes:
 * those come without their encrypted bonus buffers, zeros instead. ZB_EBADMAC.
 */
ZB_MUST_CHECK int zr_crypt_decrypt(const struct zr_pool *pool, const struct zf_blkptr *bp,
				   struct zb_span raw, uint8_t *dst);

/* A block of an intent log, whole; needs a key. dst may be raw's bytes. ZB_EBADMAC. */
ZB_MUST_CHECK int zr_crypt_decrypt_log(const struct zr_pool *pool,
				       const struct zf_blkptr *bp, struct zb_span raw,
				       uint8_t *dst);

/* Level 0, another type: checks the MAC if there is a key. */
ZB_MUST_CHECK int zr_crypt_authenticate(const struct zf_blkptr *bp, struct zb_span raw);

/* A decompressed indirect block: checks what takes no key, that the pointers are those. */
ZB_MUST_CHECK int zr_crypt_check_pointers(const struct zf_blkptr *bp,
					  struct zb_span data);

#endif
