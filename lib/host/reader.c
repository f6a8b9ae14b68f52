/* SPDX-License-Identifier: BSD-2-Clause */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "host/accel.h"
#include "host/decompress.h"
#include "host/normalize.h"
#include "host/reader.h"

#define MAX_THREADS 64
#define CACHE_BYTES ((size_t)8 << 20)

/*
 * The threads take jobs from a queue of batches; whoever waits for a batch works along, at others
 * if nothing of his own is left. A batch leaves the queue when its last job is taken.
 */
struct zh_reader {
	struct zr_host host;
	void (*note)(void *ctx, const struct zb_diag *what);
	void *note_ctx;
	pthread_mutex_t note_lock;
	pthread_t threads[MAX_THREADS];
	unsigned int n_threads;
	pthread_mutex_t lock;
	pthread_cond_t work; /* a batch has come, or the end */
	pthread_cond_t done; /* the last job of a batch has ended */
	struct zr_jobs *queue;
	bool stop;
};

static void *get_memory(void *ctx, size_t size)
{
	return malloc(size);
}

static void free_memory(void *ctx, void *ptr)
{
	free(ptr);
}

static void pass_note(void *ctx, const struct zb_diag *what)
{
	struct zh_reader *r = ctx;

	if (!r->note)
		return;
	pthread_mutex_lock(&r->note_lock);
	r->note(r->note_ctx, what);
	pthread_mutex_unlock(&r->note_lock);
}

/* Runs the next job of a batch; with the lock held, which is let go meanwhile. */
static void take_job(struct zh_reader *r, struct zr_jobs *jobs)
{
	unsigned int i = jobs->taken++;

	if (jobs->taken == jobs->n) {
		struct zr_jobs **at = &r->queue;

		while (*at != jobs)
			at = &(*at)->next;
		*at = jobs->next;
	}
	pthread_mutex_unlock(&r->lock);
	jobs->job(jobs->arg, i);
	pthread_mutex_lock(&r->lock);
	if (++jobs->ended == jobs->n)
		pthread_cond_broadcast(&r->done);
}

static void *worker(void *ctx)
{
	struct zh_reader *r = ctx;

	pthread_mutex_lock(&r->lock);
	while (!r->stop) {
		if (r->queue)
			take_job(r, r->queue);
		else
			pthread_cond_wait(&r->work, &r->lock);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

static void start(void *ctx, struct zr_jobs *jobs)
{
	struct zh_reader *r = ctx;
	struct zr_jobs **at = &r->queue;

	jobs->next = NULL;
	jobs->taken = jobs->ended = 0;
	if (jobs->n == 0)
		return;
	pthread_mutex_lock(&r->lock);
	while (*at)
		at = &(*at)->next;
	*at = jobs;
	pthread_cond_broadcast(&r->work);
	pthread_mutex_unlock(&r->lock);
}

static void wait_for(void *ctx, struct zr_jobs *jobs)
{
	struct zh_reader *r = ctx;

	pthread_mutex_lock(&r->lock);
	while (jobs->taken < jobs->n)
		take_job(r, jobs);
	while (jobs->ended < jobs->n) {
		if (r->queue)
			take_job(r, r->queue);
		else
			pthread_cond_wait(&r->done, &r->lock);
	}
	pthread_mutex_unlock(&r->lock);
}

static void run(void *ctx, void (*job)(void *arg, unsigned int i), void *arg,
		unsigned int n)
{
	struct zr_jobs jobs = { .job = job, .arg = arg, .n = n };

	start(ctx, &jobs);
	wait_for(ctx, &jobs);
}

struct zh_reader *zh_reader_create(unsigned int threads,
				   void (*note)(void *ctx, const struct zb_diag *what),
				   void *ctx)
{
	struct zh_reader *r = calloc(1, sizeof(*r));
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	sigset_t all, old;

	if (!r)
		return NULL;
	r->note = note;
	r->note_ctx = ctx;
	r->host = (struct zr_host){ .ctx = r,
				    .alloc = get_memory,
				    .free = free_memory,
				    .run = run,
				    .start = start,
				    .wait = wait_for,
				    .decompress = zh_decompress,
				    .accel = zh_accel(),
				    .normalize = zh_normalize,
				    .cache_bytes = CACHE_BYTES,
				    .note = pass_note };
	pthread_mutex_init(&r->lock, NULL);
	pthread_mutex_init(&r->note_lock, NULL);
	pthread_cond_init(&r->work, NULL);
	pthread_cond_init(&r->done, NULL);
	if (threads == 0)
		threads = cores > 0 ? (unsigned int)cores : 1;
	if (threads > MAX_THREADS)
		threads = MAX_THREADS;
	/* Fewer threads than wished for are no failure: the caller's own is enough. */
	/* Signals are for the caller's threads, which know what to do on one. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (r->n_threads + 1 < threads &&
	       pthread_create(&r->threads[r->n_threads], NULL, worker, r) == 0)
		r->n_threads++;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	r->host.threads = r->n_threads + 1;
	return r;
}

void zh_reader_destroy(struct zh_reader *reader)
{
	if (!reader)
		return;
	pthread_mutex_lock(&reader->lock);
	reader->stop = true;
	pthread_cond_broadcast(&reader->work);
	pthread_mutex_unlock(&reader->lock);
	for (unsigned int i = 0; i < reader->n_threads; i++)
		pthread_join(reader->threads[i], NULL);
	pthread_cond_destroy(&reader->done);
	pthread_cond_destroy(&reader->work);
	pthread_mutex_destroy(&reader->lock);
	pthread_mutex_destroy(&reader->note_lock);
	free(reader);
}

const struct zr_host *zh_reader_host(const struct zh_reader *reader)
{
	return &reader->host;
}
