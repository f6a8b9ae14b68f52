/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "fmt/label.h"
#include "read/pool.h"
#include "read/verify.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/small_pool.h"

/*
 * Gang headers, and blocks read by any pointer. Checksums are off: the linker leads their check
 * to the functions __wrap_ below.
 *
 * Input: a block pointer, then what the device holds from the start of its data on, again and
 * again to its end. The pool around it is the small one, opened once.
 */

static struct zb_span contents;
static bool fuzzing;

int __real_zr_verify_eck(const struct zr_accel *accel, struct zb_span block,
			 const uint64_t verifier[4], enum zb_endian *ret_endian);
int __wrap_zr_verify_eck(const struct zr_accel *accel, struct zb_span block,
			 const uint64_t verifier[4], enum zb_endian *ret_endian);
int __real_zr_verify_block(const struct zr_verifier *v, const struct zf_blkptr *bp,
			   struct zb_span data);
int __wrap_zr_verify_block(const struct zr_verifier *v, const struct zf_blkptr *bp,
			   struct zb_span data);

int __wrap_zr_verify_eck(const struct zr_accel *accel, struct zb_span block,
			 const uint64_t verifier[4], enum zb_endian *ret_endian)
{
	if (!fuzzing)
		return __real_zr_verify_eck(accel, block, verifier, ret_endian);
	*ret_endian = block.len > 0 && block.ptr[block.len - 1] & 1 ? ZB_BE : ZB_LE;
	return 0;
}

int __wrap_zr_verify_block(const struct zr_verifier *v, const struct zf_blkptr *bp,
			   struct zb_span data)
{
	return fuzzing ? 0 : __real_zr_verify_block(v, bp, data);
}

static int (*read_pool)(void *ctx, uint64_t offset, void *buf, size_t len);

static int read_contents(void *ctx, uint64_t offset, void *buf, size_t len)
{
	uint64_t from = offset - ZF_VDEV_DATA_START;

	if (!fuzzing)
		return read_pool(ctx, offset, buf, len);
	memset(buf, 0, len);
	for (size_t n = 0; offset >= ZF_VDEV_DATA_START && contents.len > 0 && n < len;) {
		size_t at = (size_t)((from + n) % contents.len);
		size_t piece = contents.len - at < len - n ? contents.len - at : len - n;

		memcpy((uint8_t *)buf + n, contents.ptr + at, piece);
		n += piece;
	}
	return 0;
}

static struct small_host host;

static struct zr_pool *open_pool(void)
{
	static struct small_pool small;
	const struct zr_dev *devs[] = { &small.dev };
	struct zr_pool *pool;
	struct zb_diag diag;

	small_host_init(&host);
	small_pool_init(&small);
	read_pool = small.dev.read;
	small.dev.read = read_contents;
	FUZZ_ASSERT(zr_pool_open(&host.host, devs, 1, 0, &pool, &diag) == 0);
	return pool;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct zr_pool *pool;
	struct zf_blkptr bp;
	struct zb_diag diag;
	uint8_t *dst;
	size_t held;

	if (!pool)
		pool = open_pool();
	if (size < ZF_BLKPTR_SIZE ||
	    zf_blkptr_decode(zb_span(data, ZF_BLKPTR_SIZE), ZB_LE, &bp) ||
	    bp.lsize > 1U << 20)
		return 0;
	contents = zb_span(data + ZF_BLKPTR_SIZE, size - ZF_BLKPTR_SIZE);
	zr_windows_done(&pool->windows);
	zr_windows_init(&pool->windows, &host.host);
	held = host.held;
	dst = malloc((size_t)bp.lsize);
	FUZZ_ASSERT(dst);
	fuzzing = true;
	(void)!zr_block_read(pool, &bp, dst, &diag);
	fuzzing = false;
	free(dst);
	zr_windows_done(&pool->windows);
	zr_windows_init(&pool->windows, &host.host);
	FUZZ_ASSERT(host.held == held);
	return 0;
}
