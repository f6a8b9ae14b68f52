/* SPDX-License-Identifier: BSD-2-Clause */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "host/decompress.h"
#include "host/reader.h"

#define MAX_THREADS 64
#define CACHE_BYTES ((size_t)64 << 20)

/*
 * The threads wait for a batch of jobs, take its jobs one by one, and the caller's thread works
 * along. One batch at a time: a pool belongs to one thread.
 */
struct zh_reader {
	struct zr_host host;
	void (*note)(void *ctx, const struct zb_diag *what);
	void *note_ctx;
	pthread_t threads[MAX_THREADS];
	unsigned int n_threads;
	pthread_mutex_t lock;
	pthread_cond_t work; /* a batch has come, or the end */
	pthread_cond_t done; /* the last job of a batch has ended */
	void (*job)(void *arg, unsigned int i);
	void *arg;
	unsigned int next, n, running;
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

	if (r->note)
		r->note(r->note_ctx, what);
}

/* With the lock held, which is let go while a job runs. */
static void take_jobs(struct zh_reader *r)
{
	unsigned int i;

	while (r->next < r->n) {
		i = r->next++;
		r->running++;
		pthread_mutex_unlock(&r->lock);
		r->job(r->arg, i);
		pthread_mutex_lock(&r->lock);
		r->running--;
	}
	if (r->running == 0)
		pthread_cond_signal(&r->done);
}

static void *worker(void *ctx)
{
	struct zh_reader *r = ctx;

	pthread_mutex_lock(&r->lock);
	while (!r->stop) {
		if (r->next < r->n)
			take_jobs(r);
		else
			pthread_cond_wait(&r->work, &r->lock);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

static void run(void *ctx, void (*job)(void *arg, unsigned int i), void *arg,
		unsigned int n)
{
	struct zh_reader *r = ctx;

	pthread_mutex_lock(&r->lock);
	r->job = job;
	r->arg = arg;
	r->next = 0;
	r->n = n;
	pthread_cond_broadcast(&r->work);
	take_jobs(r);
	while (r->running > 0)
		pthread_cond_wait(&r->done, &r->lock);
	r->n = r->next = 0;
	pthread_mutex_unlock(&r->lock);
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
				    .decompress = zh_decompress,
				    .cache_bytes = CACHE_BYTES,
				    .note = pass_note };
	pthread_mutex_init(&r->lock, NULL);
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
	free(reader);
}

const struct zr_host *zh_reader_host(const struct zh_reader *reader)
{
	return &reader->host;
}
