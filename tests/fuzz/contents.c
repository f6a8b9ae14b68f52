/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "fmt/label.h"
#include "read/verify.h"
#include "tests/fuzz/contents.h"

static struct {
	struct small_host host;
	struct small_pool small;
	int (*read_pool)(void *ctx, uint64_t offset, void *buf, size_t len);
	struct zr_pool *pool;
	size_t held;
	bool fuzzing;
	struct zb_span input;
	unsigned int fail_each, verified;
} state;

int __real_zr_verify_eck(const struct zr_accel *accel, struct zb_span block,
			 const uint64_t verifier[4], enum zb_endian *ret_endian);
int __wrap_zr_verify_eck(const struct zr_accel *accel, struct zb_span block,
			 const uint64_t verifier[4], enum zb_endian *ret_endian);
int __real_zr_verify_block(const struct zr_verifier *v, const struct zf_blkptr *bp,
			   struct zb_span data);
int __wrap_zr_verify_block(const struct zr_verifier *v, const struct zf_blkptr *bp,
			   struct zb_span data);
int __real_zr_verify_any(const struct zr_verifier *v, const struct zf_blkptr *bp,
			 struct zb_span data);
int __wrap_zr_verify_any(const struct zr_verifier *v, const struct zf_blkptr *bp,
			 struct zb_span data);

static int fail(void)
{
	return state.fail_each && ++state.verified % state.fail_each == 0 ? ZB_ECKSUM : 0;
}

int __wrap_zr_verify_eck(const struct zr_accel *accel, struct zb_span block,
			 const uint64_t verifier[4], enum zb_endian *ret_endian)
{
	if (!state.fuzzing)
		return __real_zr_verify_eck(accel, block, verifier, ret_endian);
	*ret_endian = block.len > 0 && block.ptr[block.len - 1] & 1 ? ZB_BE : ZB_LE;
	return fail();
}

int __wrap_zr_verify_block(const struct zr_verifier *v, const struct zf_blkptr *bp,
			   struct zb_span data)
{
	return state.fuzzing ? fail() : __real_zr_verify_block(v, bp, data);
}

int __wrap_zr_verify_any(const struct zr_verifier *v, const struct zf_blkptr *bp,
			 struct zb_span data)
{
	int error = __real_zr_verify_any(v, bp, data);

	return state.fuzzing ? fail() : error;
}

static int read_input(void *ctx, uint64_t offset, void *buf, size_t len)
{
	uint64_t from = offset - ZF_VDEV_DATA_START;
	struct zb_span input = state.input;

	if (!state.fuzzing)
		return state.read_pool(ctx, offset, buf, len);
	memset(buf, 0, len);
	for (size_t n = 0; offset >= ZF_VDEV_DATA_START && input.len > 0 && n < len;) {
		size_t at = (size_t)((from + n) % input.len);
		size_t piece = input.len - at < len - n ? input.len - at : len - n;

		memcpy((uint8_t *)buf + n, input.ptr + at, piece);
		n += piece;
	}
	return 0;
}

static void open_pool(void)
{
	const struct zr_dev *devs[] = { &state.small.dev };
	struct zb_diag diag;

	small_host_init(&state.host);
	small_pool_init(&state.small);
	state.read_pool = state.small.dev.read;
	state.small.dev.read = read_input;
	FUZZ_ASSERT(zr_pool_open(&state.host.host, devs, 1, 0, &state.pool, &diag) == 0);
}

static void forget_blocks(void)
{
	zr_windows_done(&state.pool->windows);
	zr_windows_init(&state.pool->windows, &state.host.host);
}

struct zr_pool *fuzz_contents_pool(void)
{
	if (!state.pool)
		open_pool();
	forget_blocks();
	state.held = state.host.held;
	return state.pool;
}

void fuzz_contents_begin(struct zb_span input, unsigned int fail_each)
{
	state.input = input;
	state.fail_each = fail_each;
	state.verified = 0;
	state.fuzzing = true;
}

void fuzz_contents_end(void)
{
	state.fuzzing = false;
}

void fuzz_contents_done(void)
{
	forget_blocks();
	FUZZ_ASSERT(state.host.held == state.held);
}
