/* SPDX-License-Identifier: BSD-2-Clause */
#include "write/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "codec/checksum.h"
#include "write/pool.h"

/* A worker's own memory. */
struct worker {
	struct zw_compressor *compressor;
	uint8_t *scratch;
	size_t scratch_size;
};

uint8_t *zw_block_buffer(uint32_t lsize)
{
	return malloc(lsize);
}

static bool all_zero(const uint8_t *p, size_t len)
{
	return p[0] == 0 && memcmp(p, p + 1, len - 1) == 0;
}

/*
 * Compresses in place, by OpenZFS's rules: zeros become a hole, at least an eighth must be
 * saved, very small results go into the block pointer, the rest is padded to whole sectors.
 */
static int block_compress(struct zw_block *b, struct worker *w, uint32_t sector)
{
	int64_t n;

	if (all_zero(b->data, b->lsize)) {
		b->psize = 0;
		return 0;
	}
	if (w->scratch_size < b->lsize) {
		free(w->scratch);
		w->scratch = malloc(b->lsize);
		w->scratch_size = w->scratch ? b->lsize : 0;
		if (!w->scratch)
			return ZB_ENOMEM;
	}
	n = zw_compress(w->compressor, &b->codec, b->data, b->lsize, w->scratch,
			b->lsize - (b->lsize >> 3));
	if (n <= 0)
		return (int)n;
	if (b->embed && n <= ZF_BP_EMBEDDED_BYTES) {
		b->embedded = true;
		b->psize = n;
	} else if (zb_align_up(n, sector) < b->lsize) {
		b->psize = zb_align_up(n, sector);
		memset(w->scratch + n, 0, b->psize - n);
	} else {
		return 0;
	}
	memcpy(b->data, w->scratch, b->psize);
	b->compress = b->codec.compress;
	return 0;
}

static void block_work(struct zw_block *b, struct worker *w, uint32_t sector)
{
	struct zc_cksum sum;

	b->psize = b->lsize;
	b->compress = ZF_COMPRESS_OFF;
	if (b->codec.compress != ZF_COMPRESS_OFF) {
		b->error = block_compress(b, w, sector);
		if (b->error < 0)
			return;
	}
	if (b->psize == 0 || b->embedded)
		return;
	zc_fletcher4(zb_span(b->data, b->psize), ZB_LE, &sum);
	memcpy(b->cksum, sum.word, sizeof(b->cksum));
}

/* Compresses a block; with many threads only a few may take much memory at the same time. */
static void block_work_bounded(struct zw_pipeline *p, struct zw_block *b,
			       struct worker *w)
{
	bool heavy =
		p->n_threads > ZW_PIPE_HEAVY && zw_codec_is_heavy(&b->codec, b->lsize);

	if (heavy) {
		pthread_mutex_lock(&p->lock);
		while (p->heavy == ZW_PIPE_HEAVY)
			pthread_cond_wait(&p->heavy_ended, &p->lock);
		p->heavy++;
		pthread_mutex_unlock(&p->lock);
	}
	block_work(b, w, p->pool->sector);
	if (heavy) {
		zw_compressor_trim(w->compressor);
		pthread_mutex_lock(&p->lock);
		p->heavy--;
		pthread_cond_signal(&p->heavy_ended);
		pthread_mutex_unlock(&p->lock);
	}
}

static void *worker_thread(void *arg)
{
	struct zw_pipeline *p = arg;
	struct worker w = { .compressor = zw_compressor_create() };

	pthread_mutex_lock(&p->lock);
	for (;;) {
		struct zw_block *b;

		if (p->stop)
			break;
		if (p->claimed == p->tail) {
			p->idle++;
			pthread_cond_wait(&p->work, &p->lock);
			p->idle--;
			continue;
		}
		b = &p->ring[p->claimed++ % ZW_PIPE_SLOTS];
		pthread_mutex_unlock(&p->lock);
		if (w.compressor)
			block_work_bounded(p, b, &w);
		else
			b->error = ZB_ENOMEM;
		pthread_mutex_lock(&p->lock);
		b->ready = true;
		if (p->waiting && b == &p->ring[p->head % ZW_PIPE_SLOTS])
			pthread_cond_signal(&p->ready);
	}
	pthread_mutex_unlock(&p->lock);
	zw_compressor_destroy(w.compressor);
	free(w.scratch);
	return NULL;
}

int zw_pipeline_init(struct zw_pipeline *p, struct zw_pool *pool, unsigned int threads)
{
	p->pool = pool;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->ready, NULL);
	pthread_cond_init(&p->heavy_ended, NULL);
	p->inited = true;
	p->threads = calloc(threads, sizeof(*p->threads));
	if (!p->threads)
		return ZB_ENOMEM;
	/* The workers read it, so it stands before the first starts. */
	p->n_threads = threads;
	while (p->n_started < threads) {
		if (pthread_create(&p->threads[p->n_started], NULL, worker_thread, p) !=
		    0)
			break;
		p->n_started++;
	}
	return p->n_started > 0 ? 0 : ZB_ENOMEM;
}

void zw_pipeline_done(struct zw_pipeline *p)
{
	if (!p->inited)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (unsigned int i = 0; i < p->n_started; i++)
		pthread_join(p->threads[i], NULL);
	for (; p->head != p->tail; p->head++)
		free(p->ring[p->head % ZW_PIPE_SLOTS].data);
	free(p->threads);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->work);
	pthread_cond_destroy(&p->ready);
	pthread_cond_destroy(&p->heavy_ended);
	p->inited = false;
}

/* Waits for the oldest block and takes it out of the ring. */
static struct zw_block head_take(struct zw_pipeline *p)
{
	struct zw_block *b = &p->ring[p->head % ZW_PIPE_SLOTS], copy;

	pthread_mutex_lock(&p->lock);
	p->waiting = true;
	while (!b->ready)
		pthread_cond_wait(&p->ready, &p->lock);
	p->waiting = false;
	copy = *b;
	p->head++;
	pthread_mutex_unlock(&p->lock);
	p->bytes -= copy.lsize;
	return copy;
}

static int head_retire(struct zw_pipeline *p)
{
	struct zw_block b = head_take(p);
	struct zw_block_result result;
	int ret = b.error;

	p->retiring = true;
	if (ret == 0 && p->pool->error == 0)
		ret = zw_block_place(p->pool, &b, &result);
	if (ret == 0 && p->pool->error == 0)
		ret = b.done(b.ctx, &b, &result);
	p->retiring = false;
	free(b.data);
	if (ret < 0)
		return zw_pool_fail(p->pool, ret, NULL);
	return p->pool->error;
}

int zw_pipeline_submit(struct zw_pipeline *p, const struct zw_block *block)
{
	struct zw_block *b;

	while (!p->retiring && p->head != p->tail &&
	       (p->tail - p->head >= ZW_PIPE_BLOCKS ||
		p->bytes + block->lsize > ZW_PIPE_BYTES))
		if (head_retire(p) < 0)
			break;
	if (p->pool->error < 0) {
		free(block->data);
		return p->pool->error;
	}
	b = &p->ring[p->tail % ZW_PIPE_SLOTS];
	*b = *block;
	b->ready = false;
	b->embedded = false;
	b->error = 0;
	p->bytes += b->lsize;
	pthread_mutex_lock(&p->lock);
	p->tail++;
	if (p->idle > 0)
		pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
	return 0;
}

int zw_pipeline_drain(struct zw_pipeline *p)
{
	while (p->head != p->tail)
		if (head_retire(p) < 0)
			break;
	return p->pool->error;
}
