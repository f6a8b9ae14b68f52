/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/verify.h"
#include "codec/checksum.h"

/*
 * In an encrypted dataset half of the checksum's words hold a MAC. The rest is the checksum
 * cut to two words; of a Fletcher sum, whose words are not alike, the two halves are xored.
 */
static void fold_for_mac(const struct zf_blkptr *bp, struct zc_cksum *c)
{
	if (bp->checksum == ZF_CHECKSUM_FLETCHER_2 ||
	    bp->checksum == ZF_CHECKSUM_FLETCHER_4) {
		c->word[0] ^= c->word[2];
		c->word[1] ^= c->word[3];
	}
	c->word[2] = bp->cksum[2];
	c->word[3] = bp->cksum[3];
}

int zr_verify_block(const struct zf_blkptr *bp, struct zb_span data)
{
	struct zc_cksum got, want;

	for (unsigned int i = 0; i < 4; i++)
		want.word[i] = bp->cksum[i];
	switch (bp->checksum) {
	case ZF_CHECKSUM_OFF:
	case ZF_CHECKSUM_NOPARITY:
		return 0;
	case ZF_CHECKSUM_FLETCHER_2:
		zc_fletcher2(data, bp->endian, &got);
		break;
	case ZF_CHECKSUM_FLETCHER_4:
		zc_fletcher4(data, bp->endian, &got);
		break;
	case ZF_CHECKSUM_SHA256:
		zc_sha256(data, &got);
		break;
	case ZF_CHECKSUM_SHA512:
	case ZF_CHECKSUM_SKEIN:
	case ZF_CHECKSUM_EDONR:
	case ZF_CHECKSUM_BLAKE3:
		return ZB_ENOTSUP;
	default:
		return ZB_ECORRUPT;
	}
	/* An objset keeps its MACs inside. */
	if (bp->encrypted && bp->type != ZF_OT_OBJSET)
		fold_for_mac(bp, &got);
	return zc_cksum_equal(&got, &want) ? 0 : ZB_ECKSUM;
}

int zr_verify_eck(struct zb_span block, const uint64_t verifier[4],
		  enum zb_endian *ret_endian)
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
	zc_sha256_update(&ctx, zb_span(block.ptr, block.len - cksum_size));
	zc_sha256_update(&ctx, zb_span(v, sizeof(v)));
	zc_sha256_final(&ctx, &got);
	if (!zc_cksum_equal(&got, &want))
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
