/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/accel.h"
#include <limits.h>
#include <openssl/evp.h>
#include <string.h>
#include "host/crypto.h"

static const EVP_CIPHER *find_cipher(const struct zc_aead *a)
{
	bool gcm = a->mode == ZC_AEAD_GCM;

	switch (a->key.len) {
	case 16:
		return gcm ? EVP_aes_128_gcm() : EVP_aes_128_ccm();
	case 24:
		return gcm ? EVP_aes_192_gcm() : EVP_aes_192_ccm();
	case 32:
		return gcm ? EVP_aes_256_gcm() : EVP_aes_256_ccm();
	default:
		return NULL;
	}
}

/* Key, IV and tag, and, which CCM must know beforehand, the length. */
static bool start(EVP_CIPHER_CTX *c, const struct zc_aead *a, const EVP_CIPHER *cipher,
		  int len)
{
	uint8_t tag[ZC_AEAD_TAG];
	int n;

	memcpy(tag, a->tag, sizeof(tag));
	if (!EVP_DecryptInit_ex(c, cipher, NULL, NULL, NULL) ||
	    !EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, ZC_AEAD_IV, NULL) ||
	    !EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) ||
	    !EVP_DecryptInit_ex(c, NULL, NULL, a->key.ptr, a->iv))
		return false;
	if (a->mode == ZC_AEAD_CCM && !EVP_DecryptUpdate(c, NULL, &n, NULL, len))
		return false;
	return a->aad.len == 0 ||
	       EVP_DecryptUpdate(c, NULL, &n, a->aad.ptr, (int)a->aad.len);
}

int zh_aead_open(const struct zc_aead *a, struct zb_span src, uint8_t *dst)
{
	const EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *c;
	int n, error = 0;

	/* No text, or more than ZFS ever has, is not worth its special cases. */
	if (!zh_crypto_usable() || src.len == 0 || src.len >= 1U << 24 ||
	    a->aad.len > INT_MAX)
		return ZB_ENOTSUP;
	cipher = find_cipher(a);
	c = cipher ? EVP_CIPHER_CTX_new() : NULL;
	if (!c)
		return ZB_ENOTSUP;
	if (!start(c, a, cipher, (int)src.len))
		error = ZB_ENOTSUP;
	else if (!EVP_DecryptUpdate(c, dst, &n, src.ptr, (int)src.len) ||
		 (a->mode == ZC_AEAD_GCM && !EVP_DecryptFinal_ex(c, dst + n, &n)))
		error = ZB_EBADMAC;
	EVP_CIPHER_CTX_free(c);
	if (error == ZB_EBADMAC)
		memset(dst, 0, src.len);
	return error;
}
