/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "init/file.h"
#include "init/run.h"

void zi_run_environment(void)
{
	char path[1024];

	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/", 1);
	setenv("TERM", "linux", 0);
	/* No places in labels: zpool import would look up devid and phys_path in udev. */
	setenv("ZFS_VDEV_DEVID_OPT_OUT", "YES", 1);
	zi_file_line("/etc/zlive/library-path", path, sizeof(path));
	if (path[0])
		setenv("LD_LIBRARY_PATH", path, 1);
}

void zi_run_environment_clear(void)
{
	unsetenv("PATH");
	unsetenv("ZFS_VDEV_DEVID_OPT_OUT");
	unsetenv("LD_LIBRARY_PATH");
}

static void child(const char *const *argv, int in, int out)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(in, 0);
	dup2(out, 1);
	dup2(out, 2);
	execvp(argv[0], (char *const *)argv);
	dprintf(2, "cannot start it: %s\n", strerror(errno));
	_exit(127);
}

/* Reads to the end, so that the program never waits for room in the pipe. */
static void drain(int fd, char *out, size_t size)
{
	size_t have = 0;

	for (;;) {
		char rest[4096];
		bool full = have + 1 >= size;
		ssize_t n = full ? read(fd, rest, sizeof(rest))
				 : read(fd, out + have, size - 1 - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have += full ? 0 : (size_t)n;
	}
	out[have] = 0;
	while (have > 0 && strchr("\r\n ", out[have - 1]))
		out[--have] = 0;
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* input is short (a passphrase), so it fits into the pipe before the program reads it. */
static int open_input(const char *input)
{
	int p[2];

	if (!input)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (pipe2(p, O_CLOEXEC) < 0)
		return -1;
	(void)!write(p[1], input, strlen(input));
	close(p[1]);
	return p[0];
}

int zi_run(const char *const *argv, const char *input, char *out, size_t size)
{
	int p[2], in = open_input(input);
	pid_t pid = -1;
	int error = 0;

	if (in < 0 || pipe2(p, O_CLOEXEC) < 0) {
		error = -errno;
	} else {
		pid = fork();
		if (pid == 0)
			child(argv, in, p[1]);
		if (pid < 0)
			error = -errno;
		close(p[1]);
		if (pid > 0)
			drain(p[0], out, size);
		close(p[0]);
	}
	if (in >= 0)
		close(in);
	return pid > 0 ? wait_for(pid) : error;
}

/* What a program says in several lines, as one: a diagnostic has no others. */
static void join_lines(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		bool blank = strchr(" \t\r\n", *from) != NULL;

		if (!blank)
			*to++ = *from;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	}
	*to = 0;
}

int zi_run_ok(const char *const *argv, const char *input, char *out, size_t size,
	      struct zb_diag *diag)
{
	int status = zi_run(argv, input, out, size);

	if (status == 0)
		return 0;
	if (status < 0)
		return zb_fail(diag, status, argv[0], ZB_DIAG_NO_OFFSET,
			       "cannot run it: %s", strerror(-status));
	join_lines(out);
	return zb_fail(diag, ZB_EIO, argv[0], ZB_DIAG_NO_OFFSET, "%s (exit status %d)",
		       out[0] ? out : "no message", status);
}
