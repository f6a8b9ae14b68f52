/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/accel.h"
#include <openssl/evp.h>
#include "fmt/enums.h"
#include "host/crypto.h"

static int checksum_with_sha(unsigned int checksum, enum zb_endian e, struct zb_span data,
			     struct zc_cksum *ret_cksum)
{
	struct zc_sha256_ctx ctx;

	if (checksum != ZF_CHECKSUM_SHA256)
		return zh_checksum(checksum, e, data, ret_cksum);
	zc_sha256_init(&ctx);
	ctx.blocks = zh_sha256_blocks;
	zc_sha256_update(&ctx, data);
	zc_sha256_final(&ctx, ret_cksum);
	return 0;
}

const struct zr_accel *zh_accel(void)
{
	static const struct zr_accel any = {
		.checksum = zh_checksum,
		.aead_open = zh_aead_open,
		.pbkdf2_sha1 = zh_pbkdf2_sha1,
	};
	static const struct zr_accel with_sha = {
		.checksum = checksum_with_sha,
		.sha256_blocks = zh_sha256_blocks,
		.aead_open = zh_aead_open,
		.pbkdf2_sha1 = zh_pbkdf2_sha1,
	};

	return zh_sha256_supported() ? &with_sha : &any;
}

static int digest(const EVP_MD *md, enum zb_endian e, struct zb_span data,
		  struct zc_cksum *ret_cksum)
{
	uint8_t out[EVP_MAX_MD_SIZE];

	if (EVP_Digest(data.ptr, data.len, out, NULL, md, NULL) != 1)
		return ZB_ENOTSUP;
	for (unsigned int i = 0; i < 4; i++)
		ret_cksum->word[i] = zb_load64(out + 8 * i, e);
	return 0;
}

int zh_checksum(unsigned int checksum, enum zb_endian e, struct zb_span data,
		struct zc_cksum *ret_cksum)
{
	switch (checksum) {
	case ZF_CHECKSUM_FLETCHER_4:
		zh_fletcher4(data, e, ret_cksum);
		return 0;
	case ZF_CHECKSUM_SHA256:
		if (!zh_crypto_usable())
			return ZB_ENOTSUP;
		/* Big-endian whoever wrote the block: see codec/checksum.h. */
		return digest(EVP_sha256(), ZB_BE, data, ret_cksum);
	case ZF_CHECKSUM_SHA512:
		if (!zh_crypto_usable())
			return ZB_ENOTSUP;
		return digest(EVP_sha512_256(), e, data, ret_cksum);
	default:
		return ZB_ENOTSUP;
	}
}
