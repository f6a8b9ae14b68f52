/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/aes.h"

/*
 * AES-GCM (NIST SP 800-38D) with an IV of 12 bytes and AES-CCM (SP 800-38C) with a nonce of 12
 * bytes, hence a length field of 3; tags of 16 bytes.
 */

/* XORs the key stream from the counter on; the counter's last `width` bytes count. */
static void ctr(const struct zc_aes *aes, uint8_t counter[ZC_AES_BLOCK],
		unsigned int width, struct zb_span src, uint8_t *dst)
{
	uint8_t stream[ZC_AES_BLOCK];
	size_t n;

	for (size_t at = 0; at < src.len; at += n) {
		n = src.len - at < ZC_AES_BLOCK ? src.len - at : ZC_AES_BLOCK;
		zc_aes_encrypt(aes, counter, stream);
		for (size_t i = 0; i < n; i++)
			dst[at + i] = src.ptr[at + i] ^ stream[i];
		for (unsigned int i = ZC_AES_BLOCK; i-- > ZC_AES_BLOCK - width;)
			if (++counter[i] != 0)
				break;
	}
	zc_wipe(stream, sizeof(stream));
}

/* ---- GCM ---- */

/*
 * GHASH multiplies in GF(2^128), whose bits run from the first byte's highest on, by H, four bits
 * at a time: m[i] is i * H, where i's highest bit stands for x^0.
 */
struct ghash {
	uint64_t m[16][2];
	uint64_t y[2];
};

/* The polynomial's rest of the four bits that a shift by four drops. */
static const uint16_t rest[16] = {
	0x0000, 0x1c20, 0x3840, 0x2460, 0x7080, 0x6ca0, 0x48c0, 0x54e0,
	0xe100, 0xfd20, 0xd940, 0xc560, 0x9180, 0x8da0, 0xa9c0, 0xb5e0,
};

static void ghash_init(struct ghash *g, const uint8_t h[ZC_AES_BLOCK])
{
	uint64_t hi = zb_load64(h, ZB_BE), lo = zb_load64(h + 8, ZB_BE), carry;

	*g = (struct ghash){ 0 };
	for (unsigned int i = 8; i > 0; i >>= 1) {
		g->m[i][0] = hi;
		g->m[i][1] = lo;
		carry = (0 - (lo & 1)) & 0xe100000000000000ULL;
		lo = lo >> 1 | hi << 63;
		hi = hi >> 1 ^ carry;
	}
	for (unsigned int i = 2; i < 16; i <<= 1) {
		for (unsigned int j = 1; j < i; j++) {
			g->m[i + j][0] = g->m[i][0] ^ g->m[j][0];
			g->m[i + j][1] = g->m[i][1] ^ g->m[j][1];
		}
	}
}

static void ghash_block(struct ghash *g, const uint8_t p[ZC_AES_BLOCK])
{
	uint64_t v[2] = { g->y[0] ^ zb_load64(p, ZB_BE),
			  g->y[1] ^ zb_load64(p + 8, ZB_BE) };
	uint64_t hi = 0, lo = 0, drop;

	for (unsigned int i = 0; i < 32; i++) {
		unsigned int nibble = v[1 - i / 16] >> 4 * (i % 16) & 15;

		drop = lo & 15;
		lo = lo >> 4 | hi << 60;
		hi = hi >> 4 ^ (uint64_t)rest[drop] << 48;
		hi ^= g->m[nibble][0];
		lo ^= g->m[nibble][1];
	}
	g->y[0] = hi;
	g->y[1] = lo;
}

/* A part of the input, filled up with zeros to whole blocks. */
static void ghash_part(struct ghash *g, struct zb_span s)
{
	uint8_t last[ZC_AES_BLOCK] = { 0 };

	for (; s.len >= ZC_AES_BLOCK;
	     s = zb_span(s.ptr + ZC_AES_BLOCK, s.len - ZC_AES_BLOCK))
		ghash_block(g, s.ptr);
	if (s.len > 0) {
		__builtin_memcpy(last, s.ptr, s.len);
		ghash_block(g, last);
	}
}

static void gcm(const struct zc_aes *aes, const struct zc_aead *a, struct zb_span src,
		uint8_t *dst, uint8_t tag[ZC_AEAD_TAG])
{
	uint8_t block[ZC_AES_BLOCK] = { 0 };
	struct ghash g;

	zc_aes_encrypt(aes, block, block);
	ghash_init(&g, block);
	ghash_part(&g, a->aad);
	ghash_part(&g, src);
	zb_store64(block, ZB_BE, (uint64_t)a->aad.len * 8);
	zb_store64(block + 8, ZB_BE, (uint64_t)src.len * 8);
	ghash_block(&g, block);
	zb_store64(tag, ZB_BE, g.y[0]);
	zb_store64(tag + 8, ZB_BE, g.y[1]);
	/* The first block of the key stream covers the tag. */
	__builtin_memcpy(block, a->iv, ZC_AEAD_IV);
	zb_store32(block + ZC_AEAD_IV, ZB_BE, 1);
	ctr(aes, block, 4, zb_span(tag, ZC_AEAD_TAG), tag);
	ctr(aes, block, 4, src, dst);
	zc_wipe(&g, sizeof(g));
}

/* ---- CCM ---- */

struct cbc_mac {
	const struct zc_aes *aes;
	uint8_t y[ZC_AES_BLOCK];
	unsigned int fill;
};

static void mac_part(struct cbc_mac *m, struct zb_span s)
{
	for (size_t i = 0; i < s.len; i++) {
		m->y[m->fill++] ^= s.ptr[i];
		if (m->fill == ZC_AES_BLOCK) {
			zc_aes_encrypt(m->aes, m->y, m->y);
			m->fill = 0;
		}
	}
}

static void mac_pad(struct cbc_mac *m)
{
	if (m->fill > 0)
		zc_aes_encrypt(m->aes, m->y, m->y);
	m->fill = 0;
}

/* The first block says what follows, the authenticated data are preceded by their length. */
static void mac_start(struct cbc_mac *m, const struct zc_aead *a, size_t len)
{
	uint8_t head[ZC_AES_BLOCK], aad_len[6] = { 0xff, 0xfe };

	head[0] = (uint8_t)((a->aad.len > 0 ? 0x40 : 0) | (ZC_AEAD_TAG - 2) / 2 << 3 | 2);
	__builtin_memcpy(head + 1, a->iv, ZC_AEAD_IV);
	head[13] = (uint8_t)(len >> 16);
	head[14] = (uint8_t)(len >> 8);
	head[15] = (uint8_t)len;
	mac_part(m, zb_span(head, sizeof(head)));
	if (a->aad.len == 0)
		return;
	zb_store32(aad_len + 2, ZB_BE, (uint32_t)a->aad.len);
	mac_part(m, a->aad.len < 0xff00 ? zb_span(aad_len + 4, 2)
					: zb_span(aad_len, sizeof(aad_len)));
	mac_part(m, a->aad);
	mac_pad(m);
}

static void ccm(const struct zc_aes *aes, const struct zc_aead *a, struct zb_span src,
		uint8_t *dst, uint8_t tag[ZC_AEAD_TAG])
{
	struct cbc_mac m = { .aes = aes };
	uint8_t counter[ZC_AES_BLOCK] = { 2 }, first[ZC_AES_BLOCK] = { 0 };

	__builtin_memcpy(counter + 1, a->iv, ZC_AEAD_IV);
	ctr(aes, counter, 3, zb_span(first, sizeof(first)), first);
	ctr(aes, counter, 3, src, dst);
	mac_start(&m, a, src.len);
	mac_part(&m, zb_span(dst, src.len));
	mac_pad(&m);
	for (unsigned int i = 0; i < ZC_AEAD_TAG; i++)
		tag[i] = m.y[i] ^ first[i];
}

int zc_aead_open(const struct zc_aead *a, struct zb_span src, uint8_t *dst)
{
	uint8_t tag[ZC_AEAD_TAG];
	struct zc_aes aes;
	bool good;

	if (src.len > (a->mode == ZC_AEAD_CCM ? 0xffffffU : 0xffffffffU) ||
	    a->aad.len > 0xffffffffU)
		return ZB_EINVAL;
	zc_aes_init(&aes, a->key);
	if (a->mode == ZC_AEAD_GCM)
		gcm(&aes, a, src, dst, tag);
	else
		ccm(&aes, a, src, dst, tag);
	good = zc_equal(tag, a->tag, ZC_AEAD_TAG);
	if (!good && src.len > 0)
		__builtin_memset(dst, 0, src.len);
	zc_wipe(&aes, sizeof(aes));
	return good ? 0 : ZB_EBADMAC;
}
