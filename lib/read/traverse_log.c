/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/traverse_frame.h"
#include "read/verify.h"
#include "read/ways.h"

static int fault(struct zr_traverse *t, int error, struct zb_diag *diag,
		 const char *reason)
{
	t->log.active = false;
	zb_fail(diag, error, t->pool->info.name, ZB_DIAG_NO_OFFSET,
		"dataset %llu, intent log, block %llu: %s",
		(unsigned long long)t->dataset,
		(unsigned long long)t->log.next.cksum[ZF_ZIL_SEQ], reason);
	return error == ZB_ENOMEM ? error : (int)ZR_TRAVERSE_FAULT;
}

static int end(struct zr_traverse *t)
{
	t->log.active = false;
	return ZR_TRAVERSE_END;
}

/* Sequence numbers rise, so that no chain has a loop; yet all must find room in the pool. */
static bool charge(struct zr_traverse *t, const struct zf_blkptr *bp)
{
	uint64_t size = bp->psize;

	if (size > t->budget)
		return false;
	t->budget -= size;
	return true;
}

/* ---- reading ---- */

struct check {
	const struct zr_pool *pool;
	const struct zf_blkptr *bp;
};

static int check_block(void *ctx, struct zb_span data)
{
	const struct check *c = ctx;

	return zr_verify_any(&c->pool->verifier, c->bp, data);
}

/*
 * Whether a copy of the block is there as it was written. Nothing is repaired and nothing noted:
 * it may never have been written.
 */
static int peek(struct zr_traverse *t, const struct zf_blkptr *bp, uint8_t *dst)
{
	struct zr_ways w;
	int error = ZB_ECKSUM;

	if (bp->ndvas > 0 && bp->dva[0].gang)
		return zr_block_read_raw(t->pool, bp, dst, NULL);
	for (unsigned int i = 0; error && i < bp->ndvas; i++) {
		error = zr_ways_init(&w, t->pool, &bp->dva[i], zf_blkptr_birth(bp),
				     (size_t)bp->psize);
		if (error == ZB_ENOMEM)
			return error;
		if (error)
			continue;
		error = ZB_ECKSUM;
		for (unsigned int n = 0; error && n < w.copies; n++) {
			error = zr_ways_copy(&w, n, dst);
			if (!error)
				error = zr_verify_any(&t->pool->verifier, bp,
						      zb_span(dst, (size_t)bp->psize));
		}
		zr_ways_done(&w);
	}
	return error;
}

/* Tries all that there is, since it must be there. */
static int read_claimed(struct zr_traverse *t, const struct zf_blkptr *bp, uint8_t *dst)
{
	struct check c = { .pool = t->pool, .bp = bp };
	int error = ZB_ECORRUPT, all = 0;

	for (unsigned int i = 0; error && i < bp->ndvas; i++) {
		error = zr_dva_read(t->pool, &bp->dva[i], zf_blkptr_birth(bp), dst,
				    (size_t)bp->psize, check_block, &c);
		all = zr_worse(all, error);
	}
	return error ? all : 0;
}

/* ---- the chain ---- */

static void visit(struct zr_traverse *t, const struct zf_blkptr *bp, uint64_t object)
{
	t->visit = (struct zr_visit){
		.bp = *bp, .dataset = t->dataset, .object = object, .level = ZR_LEVEL_LOG
	};
	t->visit.bp.key = t->key;
	t->descend = false;
}

static bool is_log_block(const struct zf_blkptr *bp)
{
	return !bp->embedded && bp->type == ZF_OT_INTENT_LOG && bp->level == 0 &&
	       (bp->checksum == ZF_CHECKSUM_ZILOG ||
		bp->checksum == ZF_CHECKSUM_ZILOG2) &&
	       bp->compress == ZF_COMPRESS_OFF && bp->psize == bp->lsize &&
	       bp->psize <= ZF_ZIL_MAX_BLOCK && !bp->dva[0].gang;
}

/*
 * Which files the records are about stands in what is encrypted. Without a key, or with a wrong
 * MAC, which whoever verifies the block finds, it remains so; pointers can be followed.
 */
static int decrypt(struct zr_traverse *t, struct zb_span block)
{
	struct zf_blkptr bp = t->log.next;
	int error;

	bp.key = t->key;
	if (!bp.encrypted || !bp.key)
		return 0;
	error = zr_crypt_decrypt_log(t->pool, &bp, block, t->log.block);
	if (!error)
		t->log.chain.encrypted = false;
	return error == ZB_ENOMEM ? error : 0;
}

/* The block at log->next, which is in log->block now. */
static int enter_block(struct zr_traverse *t, struct zb_diag *diag)
{
	struct zr_log *log = &t->log;
	struct zb_span block = zb_span(log->block, (size_t)log->next.psize);
	int error = zf_zil_chain_decode(&log->next, block, &log->chain);

	log->pos = 0;
	if (!error && decrypt(t, block))
		return fault(t, ZB_ENOMEM, diag, "no memory to decrypt it");
	if (!error) {
		log->next = log->chain.next;
		return ZR_TRAVERSE_END;
	}
	log->chain.records = zb_span(NULL, 0);
	return log->header.claim_txg ? fault(t, error, diag, "makes no sense") : end(t);
}

static int read_unread(struct zr_traverse *t, struct zb_diag *diag)
{
	struct zr_log *log = &t->log;
	int error = read_claimed(t, &log->next, log->block);

	log->unread = false;
	return error ? fault(t, error, diag, "cannot be read") : enter_block(t, diag);
}

/*
 * The last block that was claimed has a place, and perhaps nothing in it: the claim's last record
 * tells. Older OpenZFS did not write down which that was.
 */
static bool may_be_empty(const struct zr_log *log)
{
	const struct zf_zil_header *h = &log->header;

	return h->claim_txg == 0 ||
	       (log->next.cksum[ZF_ZIL_SEQ] == h->claim_blk_seq &&
		(h->claim_lr_seq == log->lr_seq || h->claim_lr_seq == UINT64_MAX));
}

static int next_block(struct zr_traverse *t, struct zb_diag *diag)
{
	struct zr_log *log = &t->log;
	struct zf_blkptr *bp = &log->next;
	int error;

	if (zf_blkptr_is_hole(bp) || bp->cksum[ZF_ZIL_SEQ] > log->header.claim_blk_seq)
		return end(t);
	if (!is_log_block(bp))
		return fault(t, ZB_ECORRUPT, diag, "the pointer to it makes no sense");
	if (!charge(t, bp))
		return fault(t, ZB_ECORRUPT, diag, "the log is larger than the pool");
	if (!zr_traverse_reserve(t, &log->block, &log->block_size, bp->psize))
		return fault(t, ZB_ENOMEM, diag, "no memory to read it");
	visit(t, bp, 0);
	t->visit.blkid = bp->cksum[ZF_ZIL_SEQ];
	log->unread = !may_be_empty(log);
	if (log->unread)
		return ZR_TRAVERSE_BLOCK;
	error = peek(t, bp, log->block);
	if (error == ZB_ENOMEM)
		return fault(t, error, diag, "no memory to read it");
	if (error)
		return end(t);
	error = enter_block(t, diag);
	return error == ZR_TRAVERSE_END && log->active ? (int)ZR_TRAVERSE_BLOCK : error;
}

/* ---- records ---- */

/* Whether what a record points to is in use because of the log: not also by the file itself. */
static bool is_own(const struct zr_traverse *t, const struct zf_zil_record *r)
{
	uint64_t claim = t->log.header.claim_txg, birth = zf_blkptr_birth(&r->bp);

	return r->has_block && birth >= (claim ? claim : t->pool->info.txg + 1);
}

static int peek_data(struct zr_traverse *t, const struct zf_blkptr *bp)
{
	uint8_t *buf = zr_alloc(t->pool->host, (size_t)bp->psize);
	int error = buf ? peek(t, bp, buf) : ZB_ENOMEM;

	zr_free(t->pool->host, buf);
	return error;
}

static int next_record(struct zr_traverse *t, struct zb_diag *diag)
{
	struct zr_log *log = &t->log;
	struct zf_zil_record r;
	int more, error = 0;

	while ((more = zf_zil_record_next(&log->chain, &log->pos, &r)) > 0) {
		if (r.seq > log->header.claim_lr_seq)
			return end(t);
		log->lr_seq = r.seq;
		if (!is_own(t, &r))
			continue;
		if (!charge(t, &r.bp))
			return fault(t, ZB_ECORRUPT, diag,
				     "the log is larger than the pool");
		if (!log->header.claim_txg)
			error = peek_data(t, &r.bp);
		if (error == ZB_ENOMEM)
			return fault(t, error, diag, "no memory to read it");
		if (error)
			return end(t);
		visit(t, &r.bp, r.object);
		t->visit.blkid = log->next.cksum[ZF_ZIL_SEQ] - 1;
		t->visit.offset = r.offset;
		t->visit.len = r.length;
		return ZR_TRAVERSE_BLOCK;
	}
	if (more < 0 && log->header.claim_txg)
		return fault(t, more, diag, "a record in it makes no sense");
	return more < 0 ? end(t) : (int)ZR_TRAVERSE_END;
}

/* Of an objset that does not read its own block's damage is told. */
static int start(struct zr_traverse *t, struct zb_diag *diag)
{
	struct zr_log *log = &t->log;
	struct zb_diag unused;
	struct zr_buf *buf;
	int error = zr_buf_get(t->pool, &log->objset, &buf, &unused);

	log->waits = false;
	if (error == ZB_ENOMEM)
		return fault(t, error, diag, "no memory to read it");
	if (error)
		return ZR_TRAVERSE_END;
	log->active =
		zf_zil_header_decode(zr_buf_span(buf), buf->endian, &log->header) == 0;
	zr_buf_put(t->pool, buf);
	log->next = log->header.log;
	log->chain.records = zb_span(NULL, 0);
	log->pos = 0;
	log->lr_seq = 0;
	log->unread = false;
	return ZR_TRAVERSE_END;
}

int zr_log_next(struct zr_traverse *t, struct zb_diag *diag)
{
	int r = ZR_TRAVERSE_END;

	if (t->log.waits)
		r = start(t, diag);
	while (r == ZR_TRAVERSE_END && t->log.active) {
		if (t->log.unread)
			r = read_unread(t, diag);
		else if (t->log.pos < t->log.chain.records.len)
			r = next_record(t, diag);
		else
			r = next_block(t, diag);
	}
	return r;
}
