/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "init/file.h"
#include "init/readers.h"

/*
 * What goes through the socket: a name of this size, then an answer. Between them, if there is
 * something to be decoded, an answer with the result ZB_EAGAIN; behind the last one a
 * label, if the result is 0.
 */
struct question {
	char name[64];
};

struct answer {
	int result;
	struct zb_diag diag;
};

/* ---- the child ---- */

/* Comes before anything of it is decoded: what it does to this process, it can not take back. */
static void found(void *ctx)
{
	const int *fd = ctx;
	struct answer a = { .result = ZB_EAGAIN };

	if (!zi_file_put(*fd, &a, sizeof(a)))
		_exit(1);
}

static _Noreturn void serve(int fd)
{
	static struct zi_label label;
	struct zi_glance glance;
	struct question q;

	zi_glance_init(&glance);
	while (zi_file_get(fd, &q, sizeof(q))) {
		struct answer a = { 0 };

		a.result = zi_label_read(q.name, &glance, found, &fd, &label, &a.diag);
		if (!zi_file_put(fd, &a, sizeof(a)) ||
		    (a.result == 0 && !zi_file_put(fd, &label, sizeof(label))))
			break;
	}
	_exit(0);
}

/* Of what the parent has open it needs nothing, and must not keep it open. */
static _Noreturn void begin(int fd)
{
	if (fd > 3)
		close_range(3, (unsigned int)fd - 1, 0);
	close_range((unsigned int)fd + 1, ~0U, 0);
	serve(fd);
}

/* ---- the parent ---- */

static int make(struct zi_reader *reader)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	reader->pid = fork();
	if (reader->pid == 0)
		begin(pair[1]);
	close(pair[1]);
	if (reader->pid < 0) {
		close(pair[0]);
		return -errno;
	}
	reader->fd = pair[0];
	reader->spent = false;
	return 0;
}

void zi_reader_stop(struct zi_reader *reader)
{
	kill(reader->pid, SIGKILL);
	close(reader->fd);
}

void zi_readers_done(struct zi_readers *r)
{
	while (r->n > 0)
		zi_reader_stop(&r->idle[--r->n]);
}

int zi_reader_start(struct zi_readers *r, const char *name, struct zi_reader *ret_reader)
{
	struct zi_reader reader;
	struct question q = { "" };

	memcpy(q.name, name, strnlen(name, sizeof(q.name) - 1));
	for (;;) {
		bool fresh = r->n == 0;
		int error = 0;

		if (fresh)
			error = make(&reader);
		else
			reader = r->idle[--r->n];
		if (error)
			return error;
		/* So few bytes always find room. */
		if (send(reader.fd, &q, sizeof(q), MSG_NOSIGNAL) == sizeof(q))
			break;
		close(reader.fd);
		if (fresh)
			return ZB_EIO;
	}
	*ret_reader = reader;
	return 0;
}

static int take(struct zi_reader *reader, const char *name, struct zi_label **ret_label,
		struct zb_diag *diag)
{
	struct zi_label *label;
	struct answer a;

	zb_fail(diag, ZB_EIO, name, ZB_DIAG_NO_OFFSET,
		"the process that read its labels has died");
	if (!zi_file_get(reader->fd, &a, sizeof(a)))
		return ZB_EIO;
	if (a.result != 0) {
		*diag = a.diag;
		return a.result;
	}
	label = malloc(sizeof(*label));
	if (!label || !zi_file_get(reader->fd, label, sizeof(*label))) {
		free(label);
		return ZB_EIO;
	}
	*ret_label = label;
	return 0;
}

int zi_reader_take(struct zi_readers *r, struct zi_reader *reader, const char *name,
		   struct zi_label **ret_label, struct zb_diag *diag)
{
	int result = take(reader, name, ret_label, diag);

	if (result == ZB_EAGAIN && !reader->spent) {
		reader->spent = true;
		return result;
	}
	if (result != ZB_ENOENT || reader->spent || r->n == ZI_MAX_READERS)
		close(reader->fd); /* which ends it */
	else
		r->idle[r->n++] = *reader;
	return result;
}
