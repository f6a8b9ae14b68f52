/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cmd/build/child.h"

/*
 * In a process group of its own, so that an interruption reaches its children, too: mmdebstrap
 * waits for the apt that it has started, and that may compile for minutes.
 */
static int start(const char *const argv[], const struct zh_interrupt *intr,
		 pid_t *ret_pid)
{
	extern char **environ;
	posix_spawnattr_t attr;
	int err = posix_spawnattr_init(&attr);

	if (err)
		return err;
	posix_spawnattr_setsigmask(&attr, &intr->old);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	err = posix_spawnp(ret_pid, argv[0], NULL, &attr, (char *const *)argv, environ);
	posix_spawnattr_destroy(&attr);
	return err;
}

int child_run(const char *const argv[], const struct zh_interrupt *intr, const char *what,
	      struct zb_diag *diag)
{
	struct zb_diag why;
	int status, pidfd, err;
	pid_t pid;

	err = start(argv, intr, &pid);
	if (err)
		return zb_fail(diag, -err, argv[0], ZB_DIAG_NO_OFFSET,
			       "cannot be started: %s (%s)", strerror(err), what);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd >= 0 && zh_interrupt_wait_readable(intr, pidfd, &why) == ZB_EINTR)
		kill(-pid, SIGTERM);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pidfd >= 0)
		close(pidfd);
	if (zh_interrupt_pending(intr))
		return zh_interrupt_fail(diag);
	if (WIFSIGNALED(status))
		return zb_fail(diag, ZB_EIO, argv[0], ZB_DIAG_NO_OFFSET,
			       "was ended by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return zb_fail(diag, ZB_EIO, argv[0], ZB_DIAG_NO_OFFSET,
			       "failed with status %d; its messages are above",
			       WEXITSTATUS(status));
	return 0;
}
