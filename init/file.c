/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "init/file.h"

#define MAX_SIZE (64U << 20)

/* Files of /proc tell no size, so read until the end comes. */
static int read_all(int fd, char **ret_text)
{
	size_t room = 4096, len = 0;
	char *text = malloc(room);

	while (text) {
		ssize_t n = read(fd, text + len, room - len - 1);
		char *grown;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || len + (size_t)n > MAX_SIZE) {
			int r = n < 0 ? -errno : ZB_E2BIG;

			free(text);
			return r;
		}
		len += (size_t)n;
		text[len] = 0;
		if (n == 0) {
			*ret_text = text;
			return 0;
		}
		if (room - len > 1)
			continue;
		room *= 4;
		grown = realloc(text, room);
		if (!grown)
			free(text);
		text = grown;
	}
	return ZB_ENOMEM;
}

int zi_file_read(const char *path, char **ret_text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = read_all(fd, ret_text);
	close(fd);
	return r;
}

int zi_file_read_at(const char *folder, const char *name, char **ret_text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return zi_file_read(path, ret_text);
}

int zi_file_read_or_empty(const char *folder, const char *name, char **ret_text)
{
	int r = zi_file_read_at(folder, name, ret_text);

	if (r != ZB_ENOENT)
		return r;
	*ret_text = calloc(1, 1);
	return *ret_text ? 0 : ZB_ENOMEM;
}

void zi_file_line(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, buf, size - 1);

	if (fd >= 0)
		close(fd);
	buf[n > 0 ? n : 0] = 0;
	buf[strcspn(buf, "\n")] = 0;
}

int zi_file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		r = -errno;
	close(fd);
	return r;
}

bool zi_file_put(int fd, const void *buf, size_t len)
{
	for (size_t have = 0; have < len;) {
		ssize_t n = write(fd, (const char *)buf + have, len - have);

		if (n < 0 && errno != EINTR)
			return false;
		have += n > 0 ? (size_t)n : 0;
	}
	return true;
}

bool zi_file_get(int fd, void *buf, size_t len)
{
	for (size_t have = 0; have < len;) {
		ssize_t n = read(fd, (char *)buf + have, len - have);

		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
		have += n > 0 ? (size_t)n : 0;
	}
	return true;
}

int zi_fail_errno(struct zb_diag *diag, const char *what, const char *text)
{
	int error = errno;

	return zb_fail(diag, -error, what, ZB_DIAG_NO_OFFSET, "%s: %s", text,
		       strerror(error));
}
