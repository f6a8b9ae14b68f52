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
 * Input: a byte that says which pool, two which allocation fails (0: none), one whose bits are
 * the devices that are missing, one that says how often a block does not verify (0: never,
 * else each so-manyth time), so that the other copies and parity are used. Then changes: the
 * number of the block in the order of reading (2 bytes), the offset in it (2), how many bytes
 * (1) and these. Numbers from DEVICE on stand for the devices themselves: there the offset
 * counts in units of 16 bytes from the label's name-value list on.
 */
#define HEAD	    5
#define CHANGE_HEAD 5
#define DEVICE	    0xfff0U
#define LIST_OFFSET (16U << 10)

static struct zb_span changes;
static unsigned int blocks, verified, fail_each;

extern const uint8_t small_pool_start[], small_pool_end[];
extern const uint8_t base_raidz_start[], base_raidz_end[];
extern const uint8_t base_expanded_start[], base_expanded_end[];
extern const uint8_t base_draid2_start[], base_draid2_end[];

static const struct {
	const uint8_t *start, *end;
} bases[] = {
	{ small_pool_start, small_pool_end },
	{ base_raidz_start, base_raidz_end },
	{ base_expanded_start, base_expanded_end },
	{ base_draid2_start, base_draid2_end },
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
	uint16_t block, offset;
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
	return fail_each && ++verified % fail_each == 0 ? ZB_ECKSUM : 0;
}

int __wrap_zr_verify_eck(struct zb_span block, const uint64_t verifier[4],
			 enum zb_endian *ret_endian)
{
	struct zf_eck eck;
	int error = zf_eck_decode(block, &eck);

	*ret_endian = eck.endian;
	return error;
}

static void change_device(struct small_pools *pools)
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct zr_dev *devs[SMALL_POOLS_MAX];
	struct small_pools pools;
	struct walk_counts counts;
	struct small_host host;
	unsigned int base, n = 0;

	if (size < HEAD)
		return 0;
	base = data[0] % (sizeof(bases) / sizeof(bases[0]));
	small_host_init(&host);
	host.fail_at = zb_load16(data + 1, ZB_LE);
	fail_each = data[4];
	changes = zb_span(data + HEAD, size - HEAD);
	blocks = verified = 0;
	small_pools_init(&pools, bases[base].start, bases[base].end);
	change_device(&pools);
	for (unsigned int i = 0; i < pools.n; i++)
		if (i >= 8 || !(data[3] >> i & 1))
			devs[n++] = pools.list[i];
	(void)!walk_pool(&host.host, devs, n, &counts);
	FUZZ_ASSERT(host.held == 0);
	small_pools_done(&pools);
	return 0;
}
