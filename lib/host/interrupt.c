/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "host/interrupt.h"

int zh_interrupt_init(struct zh_interrupt *intr, struct zb_diag *diag)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, &intr->old);
	/*
	 * Only polled, never read: the signal stays pending until the mask is restored.
	 */
	intr->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (intr->fd < 0) {
		int err = errno;

		sigprocmask(SIG_SETMASK, &intr->old, NULL);
		return zb_fail(diag, -err, "signals", ZB_DIAG_NO_OFFSET, "%s",
			       strerror(err));
	}
	return 0;
}

void zh_interrupt_done(struct zh_interrupt *intr)
{
	if (intr->fd < 0)
		return;
	close(intr->fd);
	intr->fd = -1;
	sigprocmask(SIG_SETMASK, &intr->old, NULL);
}

bool zh_interrupt_pending(const struct zh_interrupt *intr)
{
	struct pollfd p;

	if (!intr)
		return false;
	p = (struct pollfd){ .fd = intr->fd, .events = POLLIN };
	return poll(&p, 1, 0) > 0;
}

int zh_interrupt_wait_readable(const struct zh_interrupt *intr, int fd,
			       struct zb_diag *diag)
{
	struct pollfd p[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = intr ? intr->fd : -1, .events = POLLIN },
	};

	while (poll(p, 2, -1) < 0)
		if (errno != EINTR)
			return zb_fail(diag, -errno, NULL, ZB_DIAG_NO_OFFSET, "poll: %s",
				       strerror(errno));
	return p[1].revents ? zh_interrupt_fail(diag) : 0;
}

int zh_interrupt_fail(struct zb_diag *diag)
{
	return zb_fail(diag, ZB_EINTR, NULL, ZB_DIAG_NO_OFFSET, "interrupted");
}
