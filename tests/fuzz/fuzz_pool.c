/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "read/pool.h"
#include "read/verify.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/small_pool.h"
#include "tests/support/walk.h"

/*
 * A whole pool with changes in its decompressed blocks, walked from the labels to the files.
 * Checksums would stop every change, so the linker leads verification to the functions
 * __wrap_ below, which let all pass, and each block through one that applies the changes.
 *
 * Input: two bytes that say which allocation fails (0: none), then changes: the number of the
 * block in the order of reading (1 byte), the offset in it (2), how many bytes (1) and these.
 * Number 255 stands for the device itself: there the offset counts in units of 16 bytes from
 * the label's name-value list on.
 */
#define CHANGE_HEAD 4
#define DEVICE	    255
#define LIST_OFFSET (16U << 10)

static struct zb_span changes;
static unsigned int blocks;

static bool next_change(size_t *at, uint8_t *ret_block, uint16_t *ret_offset,
			struct zb_span *ret_bytes)
{
	const uint8_t *p = changes.ptr + *at;
	size_t left = changes.len - *at;

	if (left < CHANGE_HEAD || left - CHANGE_HEAD < p[3])
		return false;
	*ret_block = p[0];
	*ret_offset = zb_load16(p + 1, ZB_LE);
	*ret_bytes = zb_span(p + CHANGE_HEAD, p[3]);
	*at += CHANGE_HEAD + (size_t)p[3];
	return true;
}

int __real_zr_block_read(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
			 struct zb_diag *diag);
int __wrap_zr_block_read(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
			 struct zb_diag *diag);
int __wrap_zr_verify_block(const struct zr_verifier *v, const struct zf_blkptr *bp,
			   struct zb_span data);
int __wrap_zr_verify_eck(struct zb_span block, const uint64_t verifier[4],
			 enum zb_endian *ret_endian);

int __wrap_zr_block_read(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
			 struct zb_diag *diag)
{
	int error = __real_zr_block_read(pool, bp, dst, diag);
	struct zb_span bytes;
	uint16_t offset;
	uint8_t block;
	size_t at = 0;

	if (error)
		return error;
	while (next_change(&at, &block, &offset, &bytes))
		if (block == blocks && offset < bp->lsize &&
		    bytes.len <= bp->lsize - offset)
			memcpy(dst + offset, bytes.ptr, bytes.len);
	blocks++;
	return 0;
}

int __wrap_zr_verify_block(const struct zr_verifier *v, const struct zf_blkptr *bp,
			   struct zb_span data)
{
	return 0;
}

int __wrap_zr_verify_eck(struct zb_span block, const uint64_t verifier[4],
			 enum zb_endian *ret_endian)
{
	struct zf_eck eck;
	int error = zf_eck_decode(block, &eck);

	*ret_endian = eck.endian;
	return error;
}

static void change_device(struct small_pool *pool)
{
	struct zb_span bytes;
	uint16_t offset;
	uint8_t block, *sector;
	size_t at = 0;

	while (next_change(&at, &block, &offset, &bytes)) {
		for (size_t i = 0; block == DEVICE && i < bytes.len; i++) {
			uint64_t to = LIST_OFFSET + offset * 16ULL + i;

			sector = small_pool_sector(pool, to);
			if (sector)
				sector[to % SMALL_POOL_SECTOR] = bytes.ptr[i];
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct walk_counts counts;
	struct small_host host;
	struct small_pool pool;
	const struct zr_dev *devs[] = { &pool.dev };

	if (size < 2)
		return 0;
	small_host_init(&host);
	host.fail_at = zb_load16(data, ZB_LE);
	changes = zb_span(data + 2, size - 2);
	blocks = 0;
	small_pool_init(&pool);
	change_device(&pool);
	(void)!walk_pool(&host.host, devs, 1, &counts);
	FUZZ_ASSERT(host.held == 0);
	small_pool_done(&pool);
	return 0;
}
