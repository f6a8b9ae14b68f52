/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/span.h"
#include "codec/decompress.h"
#include "init/file.h"
#include "init/modload.h"

#define MAX_MODULE  (256U << 20)
#define ZSTD_MAGIC  0xfd2fb528U
#define MAGIC_LEN   4
#define SIZE_LENGTH 9 /* at most, of what tells the size behind the descriptor */
/* Of a zstd block in ZFS: the frame's length, and four bytes that say nothing. */
#define ZFS_HEADER  8

/* By the frame's header. Source: RFC 8878, section 3.1.1. */
static int frame_size(struct zb_span file, uint64_t *ret_size)
{
	static const uint8_t lengths[] = { 0, 2, 4, 8 };
	uint8_t descriptor;
	size_t at, len;

	if (file.len < MAGIC_LEN + 1 + SIZE_LENGTH ||
	    zb_load32(file.ptr, ZB_LE) != ZSTD_MAGIC)
		return ZB_ECORRUPT;
	descriptor = file.ptr[MAGIC_LEN];
	len = lengths[descriptor >> 6];
	/* One segment: the size takes the place of the window's. */
	if (descriptor & 0x20 && len == 0)
		len = 1;
	at = MAGIC_LEN + 1 + !(descriptor & 0x20);
	/* No dictionary. */
	if (descriptor & 3 || len == 0)
		return ZB_ECORRUPT;
	*ret_size = 0;
	for (size_t i = len; i > 0; i--)
		*ret_size = *ret_size << 8 | file.ptr[at + i - 1];
	if (len == 2)
		*ret_size += 256;
	return 0;
}

/* block: the file with its magic number made what ZFS has in front of a frame. */
static int unpack(struct zb_span block, uint8_t *module, size_t size)
{
	void *workspace = aligned_alloc(16, ZC_ZSTD_WORKSPACE);
	int r = ZB_ENOMEM;

	if (workspace)
		r = zc_zstd_decompress(block, module, size, workspace);
	free(workspace);
	return r;
}

int zi_modload_unpack(struct zb_span file, uint8_t **ret_module, size_t *ret_size)
{
	uint8_t *block, *module;
	uint64_t size;
	int r = frame_size(file, &size);

	if (r < 0 || size == 0 || size > MAX_MODULE || file.len > MAX_MODULE)
		return ZB_ECORRUPT;
	block = malloc(ZFS_HEADER + file.len);
	module = malloc(size);
	r = ZB_ENOMEM;
	if (block && module) {
		zb_store32(block, ZB_BE, (uint32_t)(file.len - MAGIC_LEN));
		memset(block + 4, 0, 4);
		memcpy(block + ZFS_HEADER, file.ptr + MAGIC_LEN, file.len - MAGIC_LEN);
		r = unpack(zb_span(block, ZFS_HEADER + file.len - MAGIC_LEN), module,
			   size);
	}
	free(block);
	if (r < 0) {
		free(module);
		return r;
	}
	*ret_module = module;
	*ret_size = size;
	return 0;
}

static int load_packed(int fd, const char *parameters)
{
	uint8_t *data, *module;
	struct stat st;
	size_t size;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > MAX_MODULE)
		return ZB_E2BIG;
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		return ZB_ENOMEM;
	r = zi_file_get(fd, data, (size_t)st.st_size) ? 0 : ZB_EIO;
	if (r == 0)
		r = zi_modload_unpack(zb_span(data, (size_t)st.st_size), &module, &size);
	free(data);
	if (r < 0)
		return r;
	if (syscall(SYS_init_module, module, size, parameters) < 0)
		r = -errno;
	free(module);
	return r;
}

bool zi_modload_is_there(const char *name)
{
	char path[128], state[16];

	snprintf(path, sizeof(path), "/sys/module/%.64s/initstate", name);
	for (char *p = path; *p; p++)
		if (*p == '-')
			*p = '_';
	zi_file_line(path, state, sizeof(state));
	return strcmp(state, "live") == 0;
}

/* Another process may have loaded it; the kernel would read all of it before it says so. */
static bool file_is_there(const char *path)
{
	const char *base = strrchr(path, '/') + 1, *end = strstr(base, ".ko");
	char name[64];

	snprintf(name, sizeof(name), "%.*s", end ? (int)(end - base) : 0, base);
	return zi_modload_is_there(name);
}

/*
 * async_probe: otherwise the call lasts until the driver has tried all its devices, and every
 * other module's until disks have been tried that were found meanwhile: one that never answers
 * would hold up all drivers, and zfs.
 */
int zi_modload(void *ctx, const char *path, const char *parameters)
{
	size_t len = strlen(path);
	char all[4200];
	int fd, r = 0;

	if (file_is_there(path))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	snprintf(all, sizeof(all), "%s async_probe", parameters);
	if (len > 4 && strcmp(path + len - 4, ".zst") == 0)
		r = load_packed(fd, all);
	else if (syscall(SYS_finit_module, fd, all, 0) < 0)
		r = -errno;
	close(fd);
	return r == -EEXIST ? 0 : r;
}
