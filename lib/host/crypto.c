/* SPDX-License-Identifier: BSD-2-Clause */
#define OPENSSL_API_COMPAT 10100 /* as in pbkdf2.c */
#include "host/crypto.h"
#include <openssl/evp.h>
#include <openssl/sha.h>
#include "host/lazy.h"

/* The functions of libcrypto that are used here. */
#define TEXT(x)	   #x
#define SONAME(v)  "libcrypto.so." TEXT(v)
#define LIB	   SONAME(OPENSSL_SHLIB_VERSION)
#define CIPHER(fn) ZH_LAZY(LIB, const EVP_CIPHER *, fn, (void), ())
#define DIGEST(fn) ZH_LAZY(LIB, const EVP_MD *, fn, (void), ())

bool zh_crypto_usable(void)
{
	static int known; /* 1: yes, -1: no */
	int usable = __atomic_load_n(&known, __ATOMIC_RELAXED);

	if (usable == 0) {
		usable = zh_lazy_find(LIB, "EVP_Digest") ? 1 : -1;
		__atomic_store_n(&known, usable, __ATOMIC_RELAXED);
	}
	return usable > 0;
}

CIPHER(EVP_aes_128_ccm)
CIPHER(EVP_aes_128_gcm)
CIPHER(EVP_aes_192_ccm)
CIPHER(EVP_aes_192_gcm)
CIPHER(EVP_aes_256_ccm)
CIPHER(EVP_aes_256_gcm)
DIGEST(EVP_md5)
DIGEST(EVP_sha256)
DIGEST(EVP_sha512_256)
ZH_LAZY(LIB, int, EVP_Digest,
	(const void *data, size_t len, unsigned char *md, unsigned int *n,
	 const EVP_MD *type, ENGINE *e),
	(data, len, md, n, type, e))
ZH_LAZY(LIB, EVP_CIPHER_CTX *, EVP_CIPHER_CTX_new, (void), ())
ZH_LAZY(LIB, void, EVP_CIPHER_CTX_free, (EVP_CIPHER_CTX * c), (c))
ZH_LAZY(LIB, int, EVP_CIPHER_CTX_ctrl, (EVP_CIPHER_CTX * c, int type, int arg, void *p),
	(c, type, arg, p))
ZH_LAZY(LIB, int, EVP_DecryptInit_ex,
	(EVP_CIPHER_CTX * c, const EVP_CIPHER *type, ENGINE *e, const unsigned char *key,
	 const unsigned char *iv),
	(c, type, e, key, iv))
ZH_LAZY(LIB, int, EVP_DecryptUpdate,
	(EVP_CIPHER_CTX * c, unsigned char *out, int *n, const unsigned char *in,
	 int len),
	(c, out, n, in, len))
ZH_LAZY(LIB, int, EVP_DecryptFinal_ex, (EVP_CIPHER_CTX * c, unsigned char *out, int *n),
	(c, out, n))
ZH_LAZY(LIB, unsigned char *, SHA1, (const unsigned char *p, size_t n, unsigned char *md),
	(p, n, md))
ZH_LAZY(LIB, int, SHA1_Init, (SHA_CTX * c), (c))
ZH_LAZY(LIB, int, SHA1_Update, (SHA_CTX * c, const void *p, size_t n), (c, p, n))
ZH_LAZY(LIB, int, SHA1_Final, (unsigned char *md, SHA_CTX *c), (md, c))
ZH_LAZY(LIB, void, SHA1_Transform, (SHA_CTX * c, const unsigned char *p), (c, p))
