/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include "init/console.h"
#include "init/file.h"

/* A terminal that takes nothing for this long (a serial line held by flow control) is skipped. */
#define WRITE_TIMEOUT_MS 200

static void add(struct zi_console *c, const char *name)
{
	int fd;

	if (c->n == ZI_CONSOLES || strlen(name) > 40)
		return;
	snprintf(c->at[c->n].path, sizeof(c->at[c->n].path), "/dev/%s", name);
	fd = open(c->at[c->n].path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	c->at[c->n++].fd = fd;
}

void zi_console_open(struct zi_console *c)
{
	char active[256], *save = NULL;

	c->n = 0;
	zi_file_line("/sys/class/tty/console/active", active, sizeof(active));
	for (char *name = strtok_r(active, " ", &save); name;
	     name = strtok_r(NULL, " ", &save))
		/* tty0 is whichever is in front; a shell needs a real one. */
		add(c, strcmp(name, "tty0") == 0 ? "tty1" : name);
	if (c->n == 0)
		add(c, "console");
}

void zi_console_close(struct zi_console *c)
{
	for (unsigned int i = 0; i < c->n; i++)
		close(c->at[i].fd);
	c->n = 0;
}

static void write_one(int fd, const char *text, size_t len)
{
	while (len > 0) {
		struct pollfd p = { .fd = fd, .events = POLLOUT };
		ssize_t n = write(fd, text, len);

		if (n > 0) {
			text += n;
			len -= (size_t)n;
		} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
			return;
		} else if (poll(&p, 1, WRITE_TIMEOUT_MS) <= 0) {
			return;
		}
	}
}

void zi_console_write(const struct zi_console *c, const char *text)
{
	for (unsigned int i = 0; i < c->n; i++)
		write_one(c->at[i].fd, text, strlen(text));
}

void zi_say(const struct zi_console *c, const char *fmt, ...)
{
	char line[1024] = "zlive: ";
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line + 7, sizeof(line) - 9, fmt, ap);
	va_end(ap);
	strcat(line, "\r\n");
	zi_console_write(c, line);
}

void zi_say_diag(const struct zi_console *c, const struct zb_diag *diag)
{
	char text[600];

	zb_diag_text(diag, text, sizeof(text));
	zi_say(c, "%s", text);
}

bool zi_console_typed(const struct zi_console *c, char *buf, size_t size)
{
	bool typed = false;

	for (unsigned int i = 0; i < c->n; i++) {
		char line[256];
		ssize_t n;

		while ((n = read(c->at[i].fd, line, sizeof(line) - 1)) > 0) {
			line[n] = 0;
			line[strcspn(line, "\r\n")] = 0;
			if (!typed)
				snprintf(buf, size, "%s", line);
			typed = true;
		}
	}
	return typed;
}

static void set_echo(const struct zi_console *c, bool on)
{
	for (unsigned int i = 0; i < c->n; i++) {
		struct termios t;

		if (tcgetattr(c->at[i].fd, &t) < 0)
			continue;
		t.c_lflag = on ? t.c_lflag | ECHO : t.c_lflag & ~(tcflag_t)ECHO;
		tcsetattr(c->at[i].fd, on ? TCSANOW : TCSAFLUSH, &t);
	}
}

static int read_line(const struct zi_console *c, char *buf, size_t size)
{
	struct pollfd p[ZI_CONSOLES];

	for (unsigned int i = 0; i < c->n; i++)
		p[i] = (struct pollfd){ .fd = c->at[i].fd, .events = POLLIN };
	for (;;) {
		unsigned int alive = 0;

		if (poll(p, c->n, -1) < 0 && errno != EINTR)
			return ZB_EIO;
		for (unsigned int i = 0; i < c->n; i++) {
			ssize_t n = -1;

			if (p[i].fd >= 0 && p[i].revents)
				n = read(p[i].fd, buf, size - 1);
			if (n > 0) {
				buf[n] = 0;
				buf[strcspn(buf, "\r\n")] = 0;
				return 0;
			}
			/* A terminal that hung up would make poll() return for ever. */
			if (p[i].revents & (POLLHUP | POLLERR | POLLNVAL))
				p[i].fd = -1;
			alive += p[i].fd >= 0;
		}
		if (alive == 0)
			return ZB_EIO;
	}
}

int zi_console_ask(const struct zi_console *c, const char *prompt, char *buf, size_t size)
{
	int r;

	set_echo(c, false);
	zi_console_write(c, prompt);
	r = c->n ? read_line(c, buf, size) : ZB_EIO;
	set_echo(c, true);
	zi_console_write(c, "\r\n");
	return r;
}

void zi_console_take(const struct zi_console *c, unsigned int i)
{
	int fd;

	setsid();
	fd = open(i < c->n ? c->at[i].path : "/dev/console", O_RDWR);
	if (fd < 0)
		return;
	ioctl(fd, TIOCSCTTY, 1);
	for (int to = 0; to < 3; to++)
		dup2(fd, to);
	if (fd > 2)
		close(fd);
}
