/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/verify.h"
#include "codec/checksum.h"

/*
 * Edon-R wants whole blocks, and the salt is a quarter of one: it is stretched by hashing.
 * Source: OpenZFS module/zfs/edonr_zfs.c.
 */
static void salt_edonr(struct zc_edonr_ctx *ctx, const uint8_t salt[ZR_SALT_SIZE])
{
	uint8_t block[2 * ZC_EDONR_SIZE];

	zc_edonr_init(ctx);
	zc_edonr_update(ctx, zb_span(salt, ZR_SALT_SIZE));
	zc_edonr_final(ctx, block);
	zc_edonr_init(ctx);
	zc_edonr_update(ctx, zb_span(block, ZC_EDONR_SIZE));
	zc_edonr_final(ctx, block + ZC_EDONR_SIZE);
	zc_edonr_init(ctx);
	zc_edonr_update(ctx, zb_span(block, sizeof(block)));
}

void zr_verifier_set_salt(struct zr_verifier *v, const uint8_t salt[ZR_SALT_SIZE])
{
	__builtin_memcpy(v->salt, salt, ZR_SALT_SIZE);
	zc_skein_init(&v->skein, zb_span(salt, ZR_SALT_SIZE), 256);
	salt_edonr(&v->edonr, salt);
	v->salted = true;
}

/*
 * In an encrypted dataset half of the checksum's words hold a MAC. The rest is the checksum
 * cut to two words; of one that OpenZFS does not take for secure the two halves are xored.
 */
static void fold_for_mac(const struct zf_blkptr *bp, struct zc_cksum *c)
{
	if (bp->checksum == ZF_CHECKSUM_FLETCHER_2 ||
	    bp->checksum == ZF_CHECKSUM_FLETCHER_4 || bp->checksum == ZF_CHECKSUM_EDONR) {
		c->word[0] ^= c->word[2];
		c->word[1] ^= c->word[3];
	}
	c->word[2] = bp->cksum[2];
	c->word[3] = bp->cksum[3];
}

/* The hashes that ZFS stores as they come, in words of the byte order of who wrote them. */
static int hash_block(const struct zr_verifier *v, unsigned int checksum,
		      enum zb_endian e, struct zb_span data, struct zc_cksum *ret_got)
{
	uint8_t digest[64];
	union {
		struct zc_sha512_ctx sha512;
		struct zc_skein_ctx skein;
		struct zc_edonr_ctx edonr;
	} ctx;

	if (checksum == ZF_CHECKSUM_SHA512) {
		zc_sha512_256_init(&ctx.sha512);
		zc_sha512_update(&ctx.sha512, data);
		zc_sha512_final(&ctx.sha512, digest);
	} else if (!v->salted) {
		return ZB_ENOTSUP;
	} else if (checksum == ZF_CHECKSUM_SKEIN) {
		ctx.skein = v->skein;
		zc_skein_update(&ctx.skein, data);
		zc_skein_final(&ctx.skein, digest);
	} else if (checksum == ZF_CHECKSUM_EDONR) {
		ctx.edonr = v->edonr;
		zc_edonr_update(&ctx.edonr, data);
		zc_edonr_final(&ctx.edonr, digest);
	} else {
		zc_blake3(v->salt, data, digest);
	}
	for (unsigned int i = 0; i < 4; i++)
		ret_got->word[i] = zb_load64(digest + 8 * i, e);
	return 0;
}

int zr_checksum(const struct zr_verifier *v, unsigned int checksum, enum zb_endian e,
		struct zb_span data, struct zc_cksum *ret_got)
{
	const struct zr_accel *accel = v->accel;

	if (accel && accel->checksum && accel->checksum(checksum, e, data, ret_got) == 0)
		return 0;
	switch (checksum) {
	case ZF_CHECKSUM_FLETCHER_2:
		zc_fletcher2(data, e, ret_got);
		return 0;
	case ZF_CHECKSUM_FLETCHER_4:
		zc_fletcher4(data, e, ret_got);
		return 0;
	case ZF_CHECKSUM_SHA256:
		zc_sha256(data, ret_got);
		return 0;
	case ZF_CHECKSUM_SHA512:
	case ZF_CHECKSUM_SKEIN:
	case ZF_CHECKSUM_EDONR:
	case ZF_CHECKSUM_BLAKE3:
		return hash_block(v, checksum, e, data, ret_got);
	default:
		return ZB_ECORRUPT;
	}
}

int zr_verify_block(const struct zr_verifier *v, const struct zf_blkptr *bp,
		    struct zb_span data)
{
	struct zc_cksum got, want;
	int error;

	if (bp->checksum == ZF_CHECKSUM_OFF || bp->checksum == ZF_CHECKSUM_NOPARITY)
		return 0;
	error = zr_checksum(v, bp->checksum, bp->endian, data, &got);
	if (error)
		return error;
	for (unsigned int i = 0; i < 4; i++)
		want.word[i] = bp->cksum[i];
	/* An objset keeps its MACs inside. */
	if (bp->encrypted && bp->type != ZF_OT_OBJSET)
		fold_for_mac(bp, &got);
	return zc_cksum_equal(&got, &want) ? 0 : ZB_ECKSUM;
}

/*
 * The header of an encrypted gang block is treated like its data: the sum is cut to two words,
 * its halves xored, beside what would be the MAC.
 */
static bool is_folded(const struct zc_cksum *got, const struct zc_cksum *want)
{
	return (got->word[0] ^ got->word[2]) == want->word[0] &&
	       (got->word[1] ^ got->word[3]) == want->word[1];
}

int zr_verify_eck(const struct zr_accel *accel, struct zb_span block,
		  const uint64_t verifier[4], enum zb_endian *ret_endian)
{
	const size_t cksum_size = ZF_ECK_SIZE - ZF_ECK_CKSUM_OFFSET;
	struct zc_sha256_ctx ctx;
	struct zc_cksum got, want;
	struct zf_eck eck;
	uint8_t v[32];
	int error = zf_eck_decode(block, &eck);

	if (error)
		return error;
	for (unsigned int i = 0; i < 4; i++) {
		zb_store64(v + 8 * i, eck.endian, verifier[i]);
		want.word[i] = eck.cksum[i];
	}
	zc_sha256_init(&ctx);
	if (accel && accel->sha256_blocks)
		ctx.blocks = accel->sha256_blocks;
	zc_sha256_update(&ctx, zb_span(block.ptr, block.len - cksum_size));
	zc_sha256_update(&ctx, zb_span(v, sizeof(v)));
	zc_sha256_final(&ctx, &got);
	if (!zc_cksum_equal(&got, &want) && !is_folded(&got, &want))
		return ZB_ECKSUM;
	*ret_endian = eck.endian;
	return 0;
}

const char *zr_checksum_name(unsigned int checksum)
{
	static const char *const names[ZF_CHECKSUM_FUNCTIONS] = {
		"inherit",  "on",	 "off",	      "label",	"gang_header",
		"zilog",    "fletcher2", "fletcher4", "sha256", "zilog2",
		"noparity", "sha512",	 "skein",     "edonr",	"blake3",
	};

	return checksum < ZF_CHECKSUM_FUNCTIONS ? names[checksum] : "unknown";
}

const char *zr_compress_name(unsigned int compress)
{
	if (compress >= ZF_COMPRESS_GZIP_1 && compress <= ZF_COMPRESS_GZIP_9)
		return "gzip";
	switch (compress) {
	case ZF_COMPRESS_OFF:
		return "off";
	case ZF_COMPRESS_LZJB:
		return "lzjb";
	case ZF_COMPRESS_ZLE:
		return "zle";
	case ZF_COMPRESS_LZ4:
		return "lz4";
	case ZF_COMPRESS_ZSTD:
		return "zstd";
	default:
		return "unknown";
	}
}
