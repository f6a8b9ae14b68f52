/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cmd/mount/mount.h"

/*
 * Contents of files. The kernel asks for 128 KiB at a time or less; a pool is read well by some
 * MiB. So a file that is read from front to end has two windows: one that is given out, one that
 * the thread here fills meanwhile. Other reads go straight to the pool.
 */
#define WINDOW_MIN ((size_t)256 << 10)
#define WINDOW_MAX ((size_t)4 << 20)
#define BUDGET	   ((size_t)32 << 20)  /* of all windows */
#define NEAR	   ((uint64_t)1 << 20) /* requests of one reader pass each other so far */

struct window {
	struct window *newer, *older; /* in order of use */
	struct mnt_file *file;
	uint64_t offset;
	size_t size; /* wanted and allocated */
	size_t len;  /* there */
	bool loading;
	bool failed;
	uint8_t *data;
};

struct mnt_file {
	struct mnt_set *set;
	uint64_t object, size;
	size_t block;	/* bytes that are unpacked at once */
	uint64_t next;	/* where a reader from front to end goes on */
	size_t size_up; /* of the next window */
	struct window *windows[2];
};

struct mnt_ahead {
	struct mnt *m;
	pthread_t thread;
	pthread_mutex_t lock; /* around all of this; never wished for with m->lock held */
	pthread_cond_t work, loaded;
	struct window *job; /* for the thread */
	bool stop;
	size_t bytes;
	struct window *newest, *oldest;
};

int64_t mnt_read(struct mnt *m, struct mnt_set *set, uint64_t object, uint64_t offset,
		 void *buf, size_t len)
{
	struct zb_diag diag;
	int64_t n = mnt_set_open(m, set);

	if (n)
		return n;
	n = set->vol ? zr_volume_read(set->vol, offset, buf, len, &diag)
		     : zr_fs_read(set->fs, object, offset, buf, len, &diag);
	return n < 0 ? mnt_fail(m, (int)n, &diag) : n;
}

int mnt_seek(struct mnt *m, struct mnt_set *set, uint64_t object, uint64_t offset,
	     bool hole, uint64_t *ret_offset)
{
	struct zb_diag diag;
	int error = mnt_set_open(m, set);

	if (error)
		return error;
	error = set->vol ? zr_volume_seek(set->vol, offset, hole, ret_offset, &diag)
			 : zr_fs_seek(set->fs, object, offset, hole, ret_offset, &diag);
	if (error == ZB_ENOENT)
		return -ENXIO;
	return error ? mnt_fail(m, error, &diag) : 0;
}

/* ---- windows; ahead->lock is held ---- */

static void unlink_use(struct mnt_ahead *a, struct window *w)
{
	*(w->newer ? &w->newer->older : &a->newest) = w->older;
	*(w->older ? &w->older->newer : &a->oldest) = w->newer;
	w->newer = w->older = NULL;
}

static void link_newest(struct mnt_ahead *a, struct window *w)
{
	w->older = a->newest;
	*(a->newest ? &a->newest->newer : &a->oldest) = w;
	a->newest = w;
}

static void drop(struct mnt_ahead *a, struct window *w)
{
	struct window **at = w->file->windows;

	at[w == at[0] ? 0 : 1] = NULL;
	unlink_use(a, w);
	a->bytes -= w->size;
	free(w->data);
	free(w);
}

/* Room in the budget, at the cost of whose window was not used for the longest time. */
static bool make_room(struct mnt_ahead *a, const struct mnt_file *keep, size_t size)
{
	struct window *w = a->oldest, *newer;

	for (; w && a->bytes + size > BUDGET; w = newer) {
		newer = w->newer;
		if (!w->loading && w->file != keep)
			drop(a, w);
	}
	return a->bytes + size <= BUDGET;
}

/* A new window in a free place of the file, to be loaded. NULL if there is no room. */
static struct window *add_window(struct mnt_ahead *a, struct mnt_file *f, uint64_t offset)
{
	struct window **at = &f->windows[f->windows[0] ? 1 : 0], *w;
	uint64_t left = f->size - offset;
	size_t size = f->size_up;

	if (f->block > size)
		size = f->block;
	size -= size % f->block;
	if (size > left)
		size = (size_t)left;
	if (*at || !make_room(a, f, size))
		return NULL;
	w = calloc(1, sizeof(*w));
	if (w)
		w->data = malloc(size);
	if (!w || !w->data) {
		free(w);
		return NULL;
	}
	w->file = f;
	w->offset = offset;
	w->size = size;
	w->loading = true;
	a->bytes += size;
	link_newest(a, w);
	*at = w;
	f->size_up = f->size_up < WINDOW_MAX / 4 ? 4 * f->size_up : WINDOW_MAX;
	return w;
}

/* Lets go of the lock meanwhile. */
static void load(struct mnt_ahead *a, struct window *w)
{
	struct mnt_file *f = w->file;
	int64_t n;

	pthread_mutex_unlock(&a->lock);
	pthread_mutex_lock(&a->m->lock);
	n = mnt_read(a->m, f->set, f->object, w->offset, w->data, w->size);
	pthread_mutex_unlock(&a->m->lock);
	pthread_mutex_lock(&a->lock);
	w->loading = false;
	w->failed = n < 0;
	w->len = n < 0 ? 0 : (size_t)n;
	pthread_cond_broadcast(&a->loaded);
}

static void *worker(void *ctx)
{
	struct mnt_ahead *a = ctx;

	pthread_mutex_lock(&a->lock);
	while (!a->stop) {
		if (a->job) {
			load(a, a->job);
			a->job = NULL;
		} else {
			pthread_cond_wait(&a->work, &a->lock);
		}
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* The window that offset is in, or is to be in. */
static struct window *window_of(const struct mnt_file *f, uint64_t offset)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct window *w = f->windows[i];

		if (w && offset >= w->offset && offset - w->offset < w->size)
			return w;
	}
	return NULL;
}

/* The reader has come to `offset`: drops what lies behind it, has the next window filled. */
static void go_on(struct mnt_ahead *a, struct mnt_file *f, uint64_t offset)
{
	uint64_t end = 0;

	for (unsigned int i = 0; i < 2; i++) {
		struct window *w = f->windows[i];

		if (w && !w->loading && w->offset + w->size + NEAR / 4 <= offset)
			drop(a, w);
		else if (w && w->offset + w->size > end)
			end = w->offset + w->size;
	}
	if (a->job || (f->windows[0] && f->windows[1]) || end == 0 || end >= f->size)
		return;
	a->job = add_window(a, f, end);
	if (a->job)
		pthread_cond_signal(&a->work);
}

static bool is_sequential(const struct mnt_file *f, uint64_t offset)
{
	return offset <= f->next + NEAR && offset + NEAR >= f->next;
}

/* Nothing of it is there: a reader from front to end gets a window, which then is loaded. */
static struct window *start_window(struct mnt_ahead *a, struct mnt_file *f,
				   uint64_t offset)
{
	struct window *w;

	if (!is_sequential(f, offset)) {
		f->size_up = WINDOW_MIN;
		return NULL;
	}
	for (unsigned int i = 0; i < 2; i++)
		if (f->windows[i] && !f->windows[i]->loading)
			drop(a, f->windows[i]);
	w = add_window(a, f, offset - offset % f->block);
	if (w)
		load(a, w);
	return w;
}

/* Some bytes at offset: from a window, or straight from the pool. */
static int64_t read_some(struct mnt_ahead *a, struct mnt_file *f, uint64_t offset,
			 uint8_t *buf, size_t len)
{
	struct window *w = window_of(f, offset);
	int64_t n;

	while (w && w->loading) {
		pthread_cond_wait(&a->loaded, &a->lock);
		w = window_of(f, offset);
	}
	if (!w)
		w = start_window(a, f, offset);
	if (w && !w->failed && offset - w->offset < w->len) {
		n = (int64_t)(w->len - (size_t)(offset - w->offset));
		n = n < (int64_t)len ? n : (int64_t)len;
		memcpy(buf, w->data + (offset - w->offset), (size_t)n);
		return n;
	}
	/* So that a bad block fails what is read of it only. */
	pthread_mutex_unlock(&a->lock);
	pthread_mutex_lock(&a->m->lock);
	n = mnt_read(a->m, f->set, f->object, offset, buf, len);
	pthread_mutex_unlock(&a->m->lock);
	pthread_mutex_lock(&a->lock);
	return n;
}

/* If one window has all of it, it is given out from there. */
static bool reply_from_window(struct mnt_file *f, fuse_req_t req, uint64_t offset,
			      size_t len)
{
	struct window *w = window_of(f, offset);

	if (!w || w->loading || w->failed || offset - w->offset + len > w->len)
		return false;
	fuse_reply_buf(req, (char *)w->data + (offset - w->offset), len);
	return true;
}

static void reply_copied(struct mnt_ahead *a, struct mnt_file *f, fuse_req_t req,
			 uint64_t offset, size_t len)
{
	uint8_t *buf = malloc(len);
	size_t done = 0;
	int64_t n = buf ? 1 : -ENOMEM;

	while (n > 0 && done < len) {
		n = read_some(a, f, offset + done, buf + done, len - done);
		done += n > 0 ? (size_t)n : 0;
	}
	/*
	 * The kernel would take a short answer for the end of the file; after an error it asks
	 * again for each page, so those before a bad block are read all the same.
	 */
	if (n < 0)
		fuse_reply_err(req, (int)-n);
	else
		fuse_reply_buf(req, (char *)buf, done);
	free(buf);
}

void mnt_file_read(struct mnt *m, struct mnt_file *f, fuse_req_t req, size_t len,
		   uint64_t offset)
{
	struct mnt_ahead *a = m->ahead;

	if (offset >= f->size) {
		fuse_reply_buf(req, NULL, 0);
		return;
	}
	if (len > f->size - offset)
		len = (size_t)(f->size - offset);
	pthread_mutex_lock(&a->lock);
	if (!reply_from_window(f, req, offset, len))
		reply_copied(a, f, req, offset, len);
	if (is_sequential(f, offset))
		go_on(a, f, offset + len);
	f->next = offset + len;
	pthread_mutex_unlock(&a->lock);
}

/* ---- files ---- */

struct mnt_file *mnt_file_open(struct mnt *m, struct mnt_set *set, uint64_t object,
			       const struct stat *st)
{
	struct mnt_file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->set = set;
	f->object = object;
	f->size = (uint64_t)st->st_size;
	f->block = st->st_blksize > 0 ? (size_t)st->st_blksize : 1;
	f->size_up = WINDOW_MIN;
	return f;
}

void mnt_file_close(struct mnt *m, struct mnt_file *f)
{
	struct mnt_ahead *a = m->ahead;

	pthread_mutex_lock(&a->lock);
	for (unsigned int i = 0; i < 2; i++) {
		while (f->windows[i] && f->windows[i]->loading)
			pthread_cond_wait(&a->loaded, &a->lock);
		if (f->windows[i])
			drop(a, f->windows[i]);
	}
	pthread_mutex_unlock(&a->lock);
	free(f);
}

/* ---- the thread ---- */

int mnt_ahead_init(struct mnt *m, struct zb_diag *diag)
{
	struct mnt_ahead *a = calloc(1, sizeof(*a));
	sigset_t all, old;
	int error;

	if (!a)
		return zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "out of memory");
	a->m = m;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->work, NULL);
	pthread_cond_init(&a->loaded, NULL);
	/* A signal has to end the wait of the other thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&a->thread, NULL, worker, a);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error) {
		free(a);
		return zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET,
			       "no thread to read ahead: %s", strerror(error));
	}
	m->ahead = a;
	return 0;
}

void mnt_ahead_done(struct mnt *m)
{
	struct mnt_ahead *a = m->ahead;

	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_broadcast(&a->work);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	while (a->oldest)
		drop(a, a->oldest);
	pthread_cond_destroy(&a->loaded);
	pthread_cond_destroy(&a->work);
	pthread_mutex_destroy(&a->lock);
	free(a);
	m->ahead = NULL;
}
