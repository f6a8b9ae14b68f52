/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "fmt/label.h"
#include "read/traverse_frame.h"
#include "read/verify.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/small_pool.h"

/*
 * Intent logs: the header, the chain of blocks and the records in them, as `zlive verify` walks
 * through them. Checksums of log blocks are computed, and what they say does not count.
 *
 * Input: a byte that says how often a block does not verify (0: never, else each so-manyth time), a
 * zil_header_t, then what the device holds from the start of its data on, again and again to its
 * end. The pool around it is the small one, opened once.
 */
#define HEAD	  (1 + ZF_ZIL_HEADER_SIZE)
#define MAX_STEPS 4096

static struct zb_span contents;
static bool fuzzing;
static unsigned int fail_each, verified;

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
	return fail_each && ++verified % fail_each == 0 ? ZB_ECKSUM : 0;
}

int __wrap_zr_verify_eck(const struct zr_accel *accel, struct zb_span block,
			 const uint64_t verifier[4], enum zb_endian *ret_endian)
{
	if (!fuzzing)
		return __real_zr_verify_eck(accel, block, verifier, ret_endian);
	*ret_endian = block.len > 0 && block.ptr[block.len - 1] & 1 ? ZB_BE : ZB_LE;
	return fail();
}

int __wrap_zr_verify_block(const struct zr_verifier *v, const struct zf_blkptr *bp,
			   struct zb_span data)
{
	return fuzzing ? fail() : __real_zr_verify_block(v, bp, data);
}

int __wrap_zr_verify_any(const struct zr_verifier *v, const struct zf_blkptr *bp,
			 struct zb_span data)
{
	int error = __real_zr_verify_any(v, bp, data);

	return fuzzing ? fail() : error;
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

/* As if the dataset's objects had been visited, and its objset had this header. */
static bool start(struct zr_traverse *t, const uint8_t *header)
{
	uint8_t objset[ZF_OBJSET_ZIL_OFFSET + ZF_ZIL_HEADER_SIZE] = { 0 };

	memcpy(objset + ZF_OBJSET_ZIL_OFFSET, header, ZF_ZIL_HEADER_SIZE);
	t->started = true;
	t->descend = false;
	t->dataset = 1;
	t->log.active = zf_zil_header_decode(zb_span(objset, sizeof(objset)), ZB_LE,
					     &t->log.header) == 0;
	t->log.next = t->log.header.log;
	return t->log.active;
}

static void walk(struct zr_traverse *t)
{
	struct zb_diag diag = { 0 };
	uint64_t budget = t->budget, block = 0;
	int r = ZR_TRAVERSE_BLOCK;

	for (unsigned int n = 0; r == ZR_TRAVERSE_BLOCK && n < MAX_STEPS; n++) {
		r = zr_log_next(t, &diag);
		if (r != ZR_TRAVERSE_BLOCK)
			break;
		FUZZ_ASSERT(t->visit.level == ZR_LEVEL_LOG && t->visit.dataset == 1);
		FUZZ_ASSERT(t->visit.blkid >= block && t->budget < budget);
		block = t->visit.blkid;
		budget = t->budget;
	}
	FUZZ_ASSERT(r != ZR_TRAVERSE_FAULT || diag.reason[0]);
	FUZZ_ASSERT(r == ZR_TRAVERSE_BLOCK || !t->log.active);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct zr_pool *pool;
	struct zr_traverse *t;
	struct zb_diag diag;
	size_t held;

	if (!pool)
		pool = open_pool();
	if (size < HEAD)
		return 0;
	contents = zb_span(data + HEAD, size - HEAD);
	fail_each = data[0];
	verified = 0;
	zr_windows_done(&pool->windows);
	zr_windows_init(&pool->windows, &host.host);
	held = host.held;
	FUZZ_ASSERT(zr_traverse_create(pool, &t, &diag) == 0);
	fuzzing = true;
	if (start(t, data + 1))
		walk(t);
	fuzzing = false;
	zr_traverse_destroy(t);
	zr_windows_done(&pool->windows);
	zr_windows_init(&pool->windows, &host.host);
	FUZZ_ASSERT(host.held == held);
	return 0;
}
