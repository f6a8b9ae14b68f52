/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_CRYPT_H
#define ZF_CRYPT_H

#include "fmt/dnode.h"

/*
 * What native encryption puts on disk, and which bytes its MACs are taken of. Source: OpenZFS
 * module/os/linux/zfs/zio_crypt.c, include/sys/{zio_crypt.h,spa.h,dsl_crypt.h}.
 *
 * A block pointer with the X bit points to one of
 *	level > 0	in the clear; MAC: SHA-512 of what the pointers in it say (see below)
 *	an objset	in the clear; two MACs inside, at bytes 720 and 752, 32 bytes each
 *	dnodes		bonus buffers of types that are encrypted are, the rest is authenticated
 *	another type	encrypted as a whole, or, by its type, in the clear with an HMAC
 *
 * MACs of 16 bytes stand in the checksum's last two words. Where something is encrypted, the
 * third DVA holds salt (8 bytes) and IV (8), and the upper half of the fill count the IV's rest.
 * All are byte strings, stored as words in the byte order of the block's writer.
 */
#define ZF_CRYPT_SALT_SIZE	8
#define ZF_CRYPT_IV_SIZE	12
#define ZF_CRYPT_MAC_SIZE	16

/* Names in a key object, a ZAP in the MOS that a DSL directory's entry of this name leads to. */
#define ZF_CRYPT_DIR_KEY_OBJ	"com.datto:crypto_key_obj"

#define ZF_CRYPT_KEY_SUITE	"DSL_CRYPTO_SUITE"
#define ZF_CRYPT_KEY_GUID	"DSL_CRYPTO_GUID"
#define ZF_CRYPT_KEY_IV		"DSL_CRYPTO_IV"
#define ZF_CRYPT_KEY_MAC	"DSL_CRYPTO_MAC"
#define ZF_CRYPT_KEY_MASTER	"DSL_CRYPTO_MASTER_KEY_1"
#define ZF_CRYPT_KEY_HMAC	"DSL_CRYPTO_HMAC_KEY_1"
#define ZF_CRYPT_KEY_ROOT	"DSL_CRYPTO_ROOT_DDOBJ"
#define ZF_CRYPT_KEY_VERSION	"DSL_CRYPTO_VERSION" /* absent: 0 */
#define ZF_CRYPT_KEY_FORMAT	"keyformat"
#define ZF_CRYPT_KEY_ITERATIONS "pbkdf2iters"
#define ZF_CRYPT_KEY_SALT	"pbkdf2salt"

#define ZF_CRYPT_VERSION	1
#define ZF_CRYPT_MASTER_SIZE	32 /* as stored; the suite says how many bytes count */
#define ZF_CRYPT_HMAC_SIZE	64
#define ZF_CRYPT_WRAP_SIZE	32 /* of the key that wraps these two */

/* zfs_keyformat_t */
enum zf_keyformat {
	ZF_KEYFORMAT_NONE = 0,
	ZF_KEYFORMAT_RAW = 1,
	ZF_KEYFORMAT_HEX = 2,
	ZF_KEYFORMAT_PASSPHRASE = 3,
};

/* enum zio_encrypt, from aes-128-ccm on. */
#define ZF_CRYPT_SUITE_FIRST 3

struct zf_crypt_suite {
	const char *name;
	bool gcm; /* else CCM */
	uint8_t key_size;
};

/* NULL for a number that is no suite, or none that we know. */
const struct zf_crypt_suite *zf_crypt_suite(uint64_t number);

/*
 * What a MAC covers of a raw block pointer, 32 bytes (24 in version 0): the properties that a
 * raw send keeps, then the pointer's own MAC. Returns the length.
 */
#define ZF_CRYPT_BLKPTR_SIZE 32
size_t zf_crypt_blkptr(struct zb_span raw, enum zb_endian e, unsigned int version,
		       uint8_t out[ZF_CRYPT_BLKPTR_SIZE]);

/*
 * A slot of a raw dnode block as far as encryption goes: s is the dnode, or one free slot. The
 * bonus buffer reaches from bonus to its end.
 */
struct zf_crypt_dnode {
	struct zb_span s;
	unsigned int nblkptr;
	bool spill;
	bool encrypted; /* the bonus buffer is */
	size_t bonus, bonus_len;
};

/* The dnode at *pos of a block, and *pos past it; 0 at the end, 1, or ZB_ECORRUPT. */
ZB_MUST_CHECK int zf_crypt_dnode_next(struct zb_span block, size_t *pos,
				      struct zf_crypt_dnode *ret_dn);

/*
 * What a MAC covers of a dnode before its bonus buffer: the core, with what a raw send does not
 * keep zeroed, and its block pointers. e is the order of the block's words; little: the core's
 * are turned to little-endian. out holds ZF_CRYPT_DNODE_SIZE bytes. Returns the length.
 */
#define ZF_CRYPT_DNODE_SIZE                                                              \
	(ZF_DNODE_CORE + (ZF_DNODE_MAX_BLKPTR + 1) * ZF_CRYPT_BLKPTR_SIZE)
size_t zf_crypt_dnode(const struct zf_crypt_dnode *dn, enum zb_endian e, bool little,
		      unsigned int version, uint8_t out[ZF_CRYPT_DNODE_SIZE]);

#endif
