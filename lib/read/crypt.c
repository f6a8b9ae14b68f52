/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/zil.h"
#include "read/keys.h"

int zr_aead_open(const struct zr_pool *pool, const struct zc_aead *a, struct zb_span src,
		 uint8_t *dst)
{
	const struct zr_accel *accel = pool->host->accel;
	int error =
		accel && accel->aead_open ? accel->aead_open(a, src, dst) : ZB_ENOTSUP;

	return error == ZB_ENOTSUP ? zc_aead_open(a, src, dst) : error;
}

/* See fmt/crypt.h for what is where. */
static int open_aead(const struct zr_pool *pool, const struct zf_blkptr *bp,
		     struct zb_span aad, struct zb_span src, uint8_t *dst)
{
	const struct zr_key *key = bp->key;
	uint8_t block_key[ZC_AES_KEY_MAX];
	const struct zc_aead a = {
		.mode = key->suite->gcm ? ZC_AEAD_GCM : ZC_AEAD_CCM,
		.key = zb_span(block_key, key->suite->key_size),
		.iv = bp->iv,
		.aad = aad,
		.tag = bp->mac,
	};
	int error;

	zc_hkdf_sha512_expand(&key->master, zb_span(bp->salt, sizeof(bp->salt)),
			      block_key, key->suite->key_size);
	error = zr_aead_open(pool, &a, src, dst);
	zc_wipe(block_key, sizeof(block_key));
	return error;
}

/* ---- dnodes ---- */

struct parts {
	uint8_t *aad, *cipher;
	size_t aad_len, cipher_len;
};

static void put(uint8_t *to, size_t *at, struct zb_span s)
{
	__builtin_memcpy(to + *at, s.ptr, s.len);
	*at += s.len;
}

/* All encrypted bonus buffers are one text, and all the rest that counts is authenticated. */
static int split_dnodes(struct zb_span block, enum zb_endian e, unsigned int version,
			struct parts *p)
{
	uint8_t head[ZF_CRYPT_DNODE_SIZE];
	struct zf_crypt_dnode dn;
	size_t pos = 0;
	int more;

	while ((more = zf_crypt_dnode_next(block, &pos, &dn)) > 0) {
		struct zb_span bonus = zb_span(dn.s.ptr + dn.bonus, dn.bonus_len);

		put(p->aad, &p->aad_len,
		    zb_span(head, zf_crypt_dnode(&dn, e, false, version, head)));
		if (dn.encrypted)
			put(p->cipher, &p->cipher_len, bonus);
		else
			put(p->aad, &p->aad_len, bonus);
	}
	return more;
}

/* The bonus buffers' text back to its places in dst; zeros there without a text. */
static int join_dnodes(struct zb_span block, const uint8_t *text, uint8_t *dst)
{
	struct zf_crypt_dnode dn;
	size_t pos = 0;
	int more;

	while ((more = zf_crypt_dnode_next(block, &pos, &dn)) > 0) {
		uint8_t *bonus = dst + (dn.s.ptr - block.ptr) + dn.bonus;

		if (!dn.encrypted)
			continue;
		if (text) {
			__builtin_memcpy(bonus, text, dn.bonus_len);
			text += dn.bonus_len;
		} else {
			__builtin_memset(bonus, 0, dn.bonus_len);
		}
	}
	return more;
}

static int decrypt_dnodes(const struct zr_pool *pool, const struct zf_blkptr *bp,
			  struct zb_span raw, uint8_t *dst)
{
	const struct zr_key *key = bp->key;
	/* What is authenticated of a dnode is no longer than the dnode. */
	uint8_t *room = zr_alloc(pool->host, 2 * raw.len);
	struct parts p = { .aad = room };
	int error;

	if (!room)
		return ZB_ENOMEM;
	p.cipher = room + raw.len;
	error = split_dnodes(raw, bp->endian, key->version, &p);
	if (!error)
		error = open_aead(pool, bp, zb_span(p.aad, p.aad_len),
				  zb_span(p.cipher, p.cipher_len), p.cipher);
	if (!error)
		error = join_dnodes(raw, p.cipher, dst);
	zr_free(pool->host, room);
	return error;
}

int zr_crypt_decrypt(const struct zr_pool *pool, const struct zf_blkptr *bp,
		     struct zb_span raw, uint8_t *dst)
{
	if (bp->type == ZF_OT_DNODE) {
		__builtin_memcpy(dst, raw.ptr, raw.len);
		return bp->key ? decrypt_dnodes(pool, bp, raw, dst)
			       : join_dnodes(raw, NULL, dst);
	}
	if (!bp->key)
		return ZB_EKEY;
	return open_aead(pool, bp, zb_span(NULL, 0), raw, dst);
}

/* ---- intent logs ---- */

/* To or from the places of what is encrypted, which is one text. */
static int split_log(const struct zf_zil_chain *chain, struct parts *p)
{
	struct zf_zil_part part[ZF_ZIL_PARTS];
	size_t pos = 0;
	int n;

	while ((n = zf_zil_parts_next(chain, &pos, part)) > 0)
		for (int i = 0; i < n; i++)
			if (part[i].encrypted)
				put(p->cipher, &p->cipher_len, part[i].s);
			else
				put(p->aad, &p->aad_len, part[i].s);
	return n;
}

static int join_log(const struct zf_zil_chain *chain, const uint8_t *block,
		    const uint8_t *text, uint8_t *dst)
{
	struct zf_zil_part part[ZF_ZIL_PARTS];
	size_t pos = 0;
	int n;

	while ((n = zf_zil_parts_next(chain, &pos, part)) > 0)
		for (int i = 0; i < n; i++) {
			if (!part[i].encrypted || part[i].s.len == 0)
				continue;
			__builtin_memcpy(dst + (part[i].s.ptr - block), text,
					 part[i].s.len);
			text += part[i].s.len;
		}
	return n;
}

int zr_crypt_decrypt_log(const struct zr_pool *pool, const struct zf_blkptr *bp,
			 struct zb_span raw, uint8_t *dst)
{
	struct zf_blkptr sealed = *bp;
	struct zf_zil_chain chain;
	struct parts p = { 0 };
	uint8_t *room;
	int error = zf_zil_chain_decode(bp, raw, &chain);

	/* Only the younger kind, with its chain in front, is ever encrypted. */
	if (error || bp->checksum != ZF_CHECKSUM_ZILOG2)
		return ZB_EBADMAC;
	room = zr_alloc(pool->host, 2 * raw.len);
	if (!room)
		return ZB_ENOMEM;
	p.aad = room;
	p.cipher = room + raw.len;
	__builtin_memcpy(sealed.mac, raw.ptr + ZF_ZIL_MAC_OFFSET, sizeof(sealed.mac));
	put(p.aad, &p.aad_len, zb_span(raw.ptr, ZF_ZIL_AUTH_SIZE));
	error = split_log(&chain, &p);
	if (!error)
		error = open_aead(pool, &sealed, zb_span(p.aad, p.aad_len),
				  zb_span(p.cipher, p.cipher_len), p.cipher);
	if (!error && dst != raw.ptr)
		__builtin_memcpy(dst, raw.ptr, raw.len);
	if (!error)
		error = join_log(&chain, raw.ptr, p.cipher, dst);
	zr_free(pool->host, room);
	return error == ZB_ECORRUPT ? ZB_EBADMAC : error;
}

/* ---- what is authenticated only ---- */

enum {
	OS_PORTABLE_MAC = 720,
	OS_LOCAL_MAC = 752,
	OS_MAC_SIZE = 32,
	/* user, group and, with a larger objset, project accounting */
	OS_ACCOUNTING = 1024,
};

static int hmac_dnode(struct zc_hmac_sha512 *hmac, struct zb_span objset, size_t offset,
		      enum zb_endian e, unsigned int version)
{
	uint8_t head[ZF_CRYPT_DNODE_SIZE];
	struct zf_crypt_dnode dn;
	struct zb_span s;
	size_t pos = 0;

	if (zb_span_sub(objset, offset, ZF_DNODE_SIZE, &s) ||
	    zf_crypt_dnode_next(s, &pos, &dn) <= 0)
		return ZB_ECORRUPT;
	zc_hmac_sha512_update(hmac,
			      zb_span(head, zf_crypt_dnode(&dn, e, true, version, head)));
	return 0;
}

static void hmac_u64(struct zc_hmac_sha512 *hmac, uint64_t v, enum zb_endian e)
{
	uint8_t bytes[8];

	zb_store64(bytes, e, v);
	zc_hmac_sha512_update(hmac, zb_span(bytes, sizeof(bytes)));
}

/* The MAC of the meta dnode, which a raw send takes along. */
static int check_portable(const struct zr_key *key, struct zb_span os, enum zb_endian e)
{
	struct zc_hmac_sha512 hmac = key->hmac;
	uint8_t mac[ZC_SHA512_SIZE];
	int error;

	/* OpenZFS takes the type big-endian, and all the rest little-endian. */
	hmac_u64(&hmac, zb_load64(os.ptr + ZF_OBJSET_TYPE_OFFSET, e), ZB_BE);
	hmac_u64(&hmac, 0, ZB_LE); /* the flags that are portable: none yet */
	error = hmac_dnode(&hmac, os, 0, e, key->version);
	zc_hmac_sha512_final(&hmac, mac);
	if (error)
		return error;
	return zc_equal(mac, os.ptr + OS_PORTABLE_MAC, OS_MAC_SIZE) ? 0 : ZB_EBADMAC;
}

/* The MAC of the accounting objects; zeros when there are none, or they are to be remade. */
static int check_local(const struct zr_key *key, struct zb_span os, enum zb_endian e)
{
	struct zc_hmac_sha512 hmac = key->hmac;
	static const uint8_t zeros[OS_MAC_SIZE];
	uint64_t flags = zb_load64(os.ptr + ZF_OBJSET_FLAGS_OFFSET, e);
	unsigned int n = os.len >= ZF_OBJSET_V3_SIZE   ? 3
			 : os.len >= ZF_OBJSET_V2_SIZE ? 2
						       : 0;
	uint8_t mac[ZC_SHA512_SIZE];
	bool any = false;
	int error = 0;

	if (zc_equal(os.ptr + OS_LOCAL_MAC, zeros, OS_MAC_SIZE))
		return 0;
	hmac_u64(&hmac, flags, ZB_LE);
	for (unsigned int i = 0; !error && i < n; i++) {
		size_t offset = OS_ACCOUNTING + i * ZF_DNODE_SIZE;

		if (os.ptr[offset] == ZF_OT_NONE)
			continue;
		any = true;
		error = hmac_dnode(&hmac, os, offset, e, key->version);
	}
	zc_hmac_sha512_final(&hmac, mac);
	if (error)
		return error;
	return any && (flags & ZF_OBJSET_FLAG_USERACCOUNTING_COMPLETE) &&
			       zc_equal(mac, os.ptr + OS_LOCAL_MAC, OS_MAC_SIZE)
		       ? 0
		       : ZB_EBADMAC;
}

int zr_crypt_authenticate(const struct zf_blkptr *bp, struct zb_span raw)
{
	const struct zr_key *key = bp->key;
	struct zc_hmac_sha512 hmac;
	uint8_t mac[ZC_SHA512_SIZE];
	int error;

	if (!key)
		return 0;
	if (bp->type == ZF_OT_OBJSET) {
		if (raw.len < ZF_OBJSET_V1_SIZE)
			return ZB_ECORRUPT;
		error = check_portable(key, raw, bp->endian);
		return error ? error : check_local(key, raw, bp->endian);
	}
	hmac = key->hmac;
	zc_hmac_sha512_update(&hmac, raw);
	zc_hmac_sha512_final(&hmac, mac);
	return zc_equal(mac, bp->mac, sizeof(bp->mac)) ? 0 : ZB_EBADMAC;
}

static bool pointers_match(const struct zf_blkptr *bp, struct zb_span data,
			   unsigned int version)
{
	uint8_t pointer[ZF_CRYPT_BLKPTR_SIZE], digest[ZC_SHA512_SIZE];
	struct zc_sha512_ctx sha;
	struct zb_span raw;
	size_t n;

	zc_sha512_init(&sha);
	for (size_t at = 0; at < data.len; at += ZF_BLKPTR_SIZE) {
		if (zb_span_sub(data, at, ZF_BLKPTR_SIZE, &raw))
			return false;
		n = zf_crypt_blkptr(raw, bp->endian, version, pointer);
		zc_sha512_update(&sha, zb_span(pointer, n));
	}
	zc_sha512_final(&sha, digest);
	return zc_equal(digest, bp->mac, sizeof(bp->mac));
}

int zr_crypt_check_pointers(const struct zf_blkptr *bp, struct zb_span data)
{
	return pointers_match(bp, data, ZF_CRYPT_VERSION) || pointers_match(bp, data, 0)
		       ? 0
		       : ZB_EBADMAC;
}
