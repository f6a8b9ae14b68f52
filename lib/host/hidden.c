/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "host/hidden.h"

static volatile sig_atomic_t caught;

static void catch (int sig)
{
	caught = sig;
}

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
#define N_SIGNALS (sizeof(signals) / sizeof(signals[0]))

/* What is read beyond size is dropped: no key is so long. */
static bool read_line(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;
	char c;

	for (;;) {
		n = read(fd, &c, 1);
		if (n < 0 && errno == EINTR && !caught)
			continue;
		if (n <= 0 || c == '\n')
			break;
		if (len + 1 < size)
			buf[len++] = c;
	}
	buf[len] = '\0';
	return n > 0;
}

static void say(int fd, const char *text)
{
	/* There is nothing to do if it cannot be shown. */
	if (write(fd, text, strlen(text)) < 0)
		return;
}

static bool ask(int fd, const char *prompt, char *buf, size_t size)
{
	struct termios shown, hidden;
	bool got;

	if (tcgetattr(fd, &shown) < 0)
		return false;
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	say(fd, prompt);
	tcsetattr(fd, TCSAFLUSH, &hidden);
	got = read_line(fd, buf, size);
	tcsetattr(fd, TCSAFLUSH, &shown);
	say(fd, "\n");
	return got;
}

bool zh_hidden_line(const char *prompt, char *buf, size_t size)
{
	struct sigaction action = { .sa_handler = catch }, before[N_SIGNALS];
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	bool got;

	if (fd < 0)
		return false;
	caught = 0;
	for (size_t i = 0; i < N_SIGNALS; i++)
		sigaction(signals[i], &action, &before[i]);
	got = ask(fd, prompt, buf, size);
	for (size_t i = 0; i < N_SIGNALS; i++)
		sigaction(signals[i], &before[i], NULL);
	close(fd);
	if (caught)
		raise(caught);
	return got && !caught;
}
