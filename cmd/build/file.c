/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cmd/build/file.h"

static int read_whole(int fd, const char *path, size_t len, uint8_t *data,
		      struct zb_diag *diag)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = read(fd, data + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return zb_fail(diag, -errno, path, ZB_DIAG_NO_OFFSET,
				       "cannot read: %s", strerror(errno));
		if (n == 0)
			return zb_fail(diag, ZB_EAGAIN, path, ZB_DIAG_NO_OFFSET,
				       "became shorter while it was read");
		done += (size_t)n;
	}
	return 0;
}

int file_load(const char *path, size_t max, void **ret_data, size_t *ret_len,
	      struct zb_diag *diag)
{
	int r, fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *data = NULL;

	if (fd < 0 || fstat(fd, &st) < 0) {
		r = zb_fail(diag, -errno, path, ZB_DIAG_NO_OFFSET, "cannot open: %s",
			    strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > max) {
		r = zb_fail(diag, ZB_EINVAL, path, ZB_DIAG_NO_OFFSET,
			    "is no file of at most %zu bytes", max);
		goto out;
	}
	data = malloc((size_t)st.st_size + 1);
	if (!data) {
		r = zb_fail(diag, ZB_ENOMEM, path, ZB_DIAG_NO_OFFSET, "no memory");
		goto out;
	}
	r = read_whole(fd, path, (size_t)st.st_size, data, diag);
	if (r >= 0) {
		*ret_data = data;
		*ret_len = (size_t)st.st_size;
		data = NULL;
	}
out:
	free(data);
	if (fd >= 0)
		close(fd);
	return r;
}
