/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "host/decompress.h"
#include "read/keys.h"
#include "read/pool.h"
#include "read/verify.h"
#include "tests/fuzz/changed.h"

#define HEAD		   5
#define CHANGE_HEAD	   5
#define DEVICE		   0xfff0U
#define LIST_OFFSET	   (16U << 10)
#define MAX_POINTER_BLOCKS 4

static struct zb_span changes;
static unsigned int blocks, verified, fail_each, pointer_blocks;
static bool reading; /* zr_block_read() is at work, and opens the block */

#define BASE(name) extern const uint8_t name##_start[], name##_end[]

BASE(small_pool);
BASE(base_raidz);
BASE(base_expanded);
BASE(base_draid2);
BASE(small_secret);
BASE(base_removed_chain);

/* Inputs have the numbers: new ones go to the end. */
static const struct {
	const uint8_t *start, *end;
} bases[] = {
	{ small_pool_start, small_pool_end },
	{ base_raidz_start, base_raidz_end },
	{ base_expanded_start, base_expanded_end },
	{ base_draid2_start, base_draid2_end },
	{ small_secret_start, small_secret_end },
	{ base_removed_chain_start, base_removed_chain_end },
};

static bool next_change(size_t *at, uint16_t *ret_block, uint16_t *ret_offset,
			struct zb_span *ret_bytes)
{
	const uint8_t *p = changes.ptr + *at;
	size_t left = changes.len - *at;

	if (left < CHANGE_HEAD || left - CHANGE_HEAD < p[4])
		return false;
	*ret_block = zb_load16(p, ZB_LE);
	*ret_offset = zb_load16(p + 2, ZB_LE);
	*ret_bytes = zb_span(p + CHANGE_HEAD, p[4]);
	*at += CHANGE_HEAD + (size_t)p[4];
	return true;
}

/* ---- blocks ---- */

static void change_block(const struct zf_blkptr *bp, uint8_t *dst)
{
	struct zb_span bytes;
	uint16_t block, offset;
	size_t at = 0;

	while (next_change(&at, &block, &offset, &bytes))
		if (block == blocks && offset < bp->lsize &&
		    bytes.len <= bp->lsize - offset)
			memcpy(dst + offset, bytes.ptr, bytes.len);
	blocks++;
}

int __real_zr_block_read(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
			 struct zb_diag *diag);
int __wrap_zr_block_read(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
			 struct zb_diag *diag);
int __real_zr_block_open(const struct zr_pool *pool, const struct zf_blkptr *bp,
			 struct zb_span raw, uint8_t *dst, void *workspace);
int __wrap_zr_block_open(const struct zr_pool *pool, const struct zf_blkptr *bp,
			 struct zb_span raw, uint8_t *dst, void *workspace);

int __wrap_zr_block_read(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
			 struct zb_diag *diag)
{
	int error;

	reading = true;
	error = __real_zr_block_read(pool, bp, dst, diag);
	reading = false;
	if (!error)
		change_block(bp, dst);
	return error;
}

/* Of a traverse, which opens its blocks itself. */
int __wrap_zr_block_open(const struct zr_pool *pool, const struct zf_blkptr *bp,
			 struct zb_span raw, uint8_t *dst, void *workspace)
{
	int error = __real_zr_block_open(pool, bp, raw, dst, workspace);

	if (!error && !reading)
		change_block(bp, dst);
	return error;
}

/* ---- verification ---- */

int __wrap_zr_verify_block(const struct zr_verifier *v, const struct zf_blkptr *bp,
			   struct zb_span data);
int __wrap_zr_verify_any(const struct zr_verifier *v, const struct zf_blkptr *bp,
			 struct zb_span data);
int __wrap_zr_verify_eck(const struct zr_accel *accel, struct zb_span block,
			 const uint64_t verifier[4], enum zb_endian *ret_endian);
int __wrap_zr_crypt_authenticate(const struct zf_blkptr *bp, struct zb_span raw);
int __wrap_zr_crypt_check_pointers(const struct zf_blkptr *bp, struct zb_span data);

int __wrap_zr_verify_block(const struct zr_verifier *v, const struct zf_blkptr *bp,
			   struct zb_span data)
{
	return fail_each && ++verified % fail_each == 0 ? ZB_ECKSUM : 0;
}

int __wrap_zr_verify_any(const struct zr_verifier *v, const struct zf_blkptr *bp,
			 struct zb_span data)
{
	return __wrap_zr_verify_block(v, bp, data);
}

int __wrap_zr_verify_eck(const struct zr_accel *accel, struct zb_span block,
			 const uint64_t verifier[4], enum zb_endian *ret_endian)
{
	struct zf_eck eck;
	int error = zf_eck_decode(block, &eck);

	*ret_endian = eck.endian;
	return error;
}

/* Runs it; what it says of the MACs counts for nothing. */
static int without_mac(int error)
{
	return error == ZB_EBADMAC ? 0 : error;
}

int __real_zr_crypt_authenticate(const struct zf_blkptr *bp, struct zb_span raw);
int __real_zr_crypt_check_pointers(const struct zf_blkptr *bp, struct zb_span data);

int __wrap_zr_crypt_authenticate(const struct zf_blkptr *bp, struct zb_span raw)
{
	return without_mac(__real_zr_crypt_authenticate(bp, raw));
}

/* Digests of thousands of pointers, the same way each time: some blocks are enough. */
int __wrap_zr_crypt_check_pointers(const struct zf_blkptr *bp, struct zb_span data)
{
	if (++pointer_blocks > MAX_POINTER_BLOCKS)
		return 0;
	return without_mac(__real_zr_crypt_check_pointers(bp, data));
}

static int open_aead(const struct zc_aead *a, struct zb_span src, uint8_t *dst)
{
	uint8_t *copy = malloc(src.len + 1);
	int error;

	if (!copy)
		abort();
	memcpy(copy, src.ptr, src.len);
	error = zc_aead_open(a, zb_span(copy, src.len), dst);
	if (error == ZB_EBADMAC)
		memcpy(dst, copy, src.len);
	free(copy);
	return without_mac(error);
}

/* The rounds of a passphrase would take most of the time; any key opens everything here. */
static int stretch(struct zb_span password, struct zb_span salt, uint64_t iterations,
		   uint8_t *out, size_t out_len)
{
	memset(out, 0x5a, out_len);
	return 0;
}

static const struct zr_accel accel = { .aead_open = open_aead, .pbkdf2_sha1 = stretch };

/* ---- the pool ---- */

static void change_devices(struct small_pools *pools)
{
	struct zb_span bytes;
	uint16_t block, offset;
	uint8_t *sector;
	size_t at = 0;

	while (next_change(&at, &block, &offset, &bytes)) {
		if (block < DEVICE || block - DEVICE >= pools->n)
			continue;
		for (size_t i = 0; i < bytes.len; i++) {
			uint64_t to = LIST_OFFSET + offset * 16ULL + i;

			sector = small_pool_sector(&pools->at[block - DEVICE], to);
			if (sector)
				sector[to % SMALL_POOL_SECTOR] = bytes.ptr[i];
		}
	}
}

bool fuzz_changed_init(struct fuzz_changed *c, const uint8_t *data, size_t size)
{
	unsigned int base;

	if (size < HEAD)
		return false;
	base = data[0] % (sizeof(bases) / sizeof(bases[0]));
	small_host_init(&c->host);
	c->host.host.accel = &accel;
	c->host.host.decompress = zh_decompress; /* ours have targets of their own */
	c->host.fail_at = zb_load16(data + 1, ZB_LE);
	fail_each = data[4];
	changes = zb_span(data + HEAD, size - HEAD);
	blocks = verified = pointer_blocks = 0;
	reading = false;
	small_pools_init(&c->pools, bases[base].start, bases[base].end);
	change_devices(&c->pools);
	c->n = 0;
	for (unsigned int i = 0; i < c->pools.n; i++)
		if (i >= 8 || !(data[3] >> i & 1))
			c->devs[c->n++] = c->pools.list[i];
	return true;
}

void fuzz_changed_done(struct fuzz_changed *c)
{
	FUZZ_ASSERT(c->host.held == 0);
	small_pools_done(&c->pools);
}
