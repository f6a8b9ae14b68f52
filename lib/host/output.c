/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "host/output.h"

#define PIPE_SIZE  (1 << 20) /* so that reader and writer wait for each other less often */
#define ZERO_BYTES 65536

struct zh_output {
	int fd;
	const char *name;
	bool can_skip;
	uint64_t skipped; /* since the last byte written */
	pthread_t thread;
	bool started; /* the thread */
	pthread_mutex_t lock;
	pthread_cond_t change;
	const uint8_t *buf; /* what is being written; NULL: nothing */
	size_t len;
	uint64_t skip;
	int error; /* errno of the first failure */
	bool stop;
};

/* With holes only at or behind the end of a file: elsewhere zeros would not replace bytes. */
static bool can_skip(int fd)
{
	struct stat st;
	off_t at = lseek(fd, 0, SEEK_CUR);
	int flags = fcntl(fd, F_GETFL);

	return at >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       at >= st.st_size && flags >= 0 && !(flags & O_APPEND);
}

static int write_all(struct zh_output *out, const uint8_t *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(out->fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_zeros(struct zh_output *out, uint64_t len)
{
	static const uint8_t zeros[ZERO_BYTES];
	int error = 0;

	while (!error && len > 0) {
		size_t n = len < sizeof(zeros) ? (size_t)len : sizeof(zeros);

		error = write_all(out, zeros, n);
		len -= n;
	}
	return error;
}

static int do_write(struct zh_output *out, uint64_t skip, const uint8_t *buf, size_t len)
{
	int error = 0;

	if (skip > 0 && out->can_skip) {
		if (skip > INT64_MAX || lseek(out->fd, (off_t)skip, SEEK_CUR) < 0)
			return skip > INT64_MAX ? EFBIG : errno;
		out->skipped += skip;
	} else if (skip > 0) {
		error = write_zeros(out, skip);
	}
	if (!error && len > 0) {
		error = write_all(out, buf, len);
		out->skipped = 0;
	}
	return error;
}

static void *writer(void *ctx)
{
	struct zh_output *out = ctx;
	int error;

	pthread_mutex_lock(&out->lock);
	while (!out->stop || out->buf) {
		if (!out->buf) {
			pthread_cond_wait(&out->change, &out->lock);
			continue;
		}
		error = out->error;
		pthread_mutex_unlock(&out->lock);
		if (!error)
			error = do_write(out, out->skip, out->buf, out->len);
		pthread_mutex_lock(&out->lock);
		out->error = error;
		out->buf = NULL;
		pthread_cond_broadcast(&out->change);
	}
	pthread_mutex_unlock(&out->lock);
	return NULL;
}

struct zh_output *zh_output_create(int fd, const char *name, bool holes)
{
	struct zh_output *out = calloc(1, sizeof(*out));

	if (!out)
		return NULL;
	out->fd = fd;
	out->name = name;
	out->can_skip = holes && can_skip(fd);
	fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
	/* Whoever reads the other end and goes away is an error to report, no signal. */
	signal(SIGPIPE, SIG_IGN);
	pthread_mutex_init(&out->lock, NULL);
	pthread_cond_init(&out->change, NULL);
	return out;
}

/* The thread is made when there is something for it to do. Signals are for the caller's. */
static bool start(struct zh_output *out)
{
	sigset_t all, old;

	if (out->started)
		return true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	out->started = pthread_create(&out->thread, NULL, writer, out) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return out->started;
}

static int fail(struct zh_output *out, int error, struct zb_diag *diag)
{
	return zb_fail(diag, ZB_EIO, out->name, ZB_DIAG_NO_OFFSET, "%s", strerror(error));
}

/* With the lock held. */
static int wait_idle(struct zh_output *out, struct zb_diag *diag)
{
	while (out->buf)
		pthread_cond_wait(&out->change, &out->lock);
	return out->error ? fail(out, out->error, diag) : 0;
}

int zh_output_write(struct zh_output *out, uint64_t skip, const void *buf, size_t len,
		    struct zb_diag *diag)
{
	int error = zh_output_wait(out, diag);

	if (error)
		return error;
	out->error = do_write(out, skip, buf, len);
	return out->error ? fail(out, out->error, diag) : 0;
}

int zh_output_put(struct zh_output *out, uint64_t skip, const void *buf, size_t len,
		  struct zb_diag *diag)
{
	int error;

	if (!start(out))
		return zh_output_write(out, skip, buf, len, diag);
	pthread_mutex_lock(&out->lock);
	error = wait_idle(out, diag);
	if (!error) {
		out->skip = skip;
		out->buf = buf;
		out->len = len;
		pthread_cond_broadcast(&out->change);
	}
	pthread_mutex_unlock(&out->lock);
	return error;
}

int zh_output_wait(struct zh_output *out, struct zb_diag *diag)
{
	int error;

	pthread_mutex_lock(&out->lock);
	error = wait_idle(out, diag);
	pthread_mutex_unlock(&out->lock);
	return error;
}

int zh_output_finish(struct zh_output *out, struct zb_diag *diag)
{
	int error = zh_output_wait(out, diag);
	off_t at;

	if (error || out->skipped == 0)
		return error;
	at = lseek(out->fd, 0, SEEK_CUR);
	if (at < 0 || ftruncate(out->fd, at) < 0)
		return fail(out, errno, diag);
	out->skipped = 0;
	return 0;
}

void zh_output_destroy(struct zh_output *out)
{
	if (!out)
		return;
	if (out->started) {
		pthread_mutex_lock(&out->lock);
		out->stop = true;
		pthread_cond_broadcast(&out->change);
		pthread_mutex_unlock(&out->lock);
		pthread_join(out->thread, NULL);
	}
	pthread_cond_destroy(&out->change);
	pthread_mutex_destroy(&out->lock);
	free(out);
}
