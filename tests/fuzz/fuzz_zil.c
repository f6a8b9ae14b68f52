/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "read/traverse_frame.h"
#include "tests/fuzz/contents.h"

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
	struct zr_pool *pool;
	struct zr_traverse *t;
	struct zb_diag diag;

	if (size < HEAD)
		return 0;
	pool = fuzz_contents_pool();
	FUZZ_ASSERT(zr_traverse_create(pool, &t, &diag) == 0);
	fuzz_contents_begin(zb_span(data + HEAD, size - HEAD), data[0]);
	if (start(t, data + 1))
		walk(t);
	fuzz_contents_end();
	zr_traverse_destroy(t);
	fuzz_contents_done();
	return 0;
}
