/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd/cmd.h"
#include "cmd/look.h"

#define CHUNK ((size_t)16 << 20)

static const char help[] =
	"Usage: zlive cat [-d DEVICE|IMAGE|DIRECTORY]... [--guid GUID] TARGET...\n"
	"Print files of a ZFS pool, without ZFS. TARGET is [DATASET[@SNAPSHOT]]:PATH; without\n"
	"DATASET it is the one that the pool boots from.\n"
	"\n" LOOK_HELP_DEVICE
	"      --stats        afterwards tell on stderr how much was read, by how many requests\n" LOOK_HELP_POOL
		LOOK_HELP_HELP;

static int write_all(const uint8_t *p, size_t len, struct zb_diag *diag)
{
	ssize_t n;

	while (len > 0) {
		n = write(STDOUT_FILENO, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return zb_fail(diag, ZB_EIO, "standard output", ZB_DIAG_NO_OFFSET,
				       "%s", strerror(errno));
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int cat_object(struct zr_fs *fs, uint64_t object, uint8_t *buf,
		      struct zb_diag *diag)
{
	uint64_t offset = 0;
	int64_t n;
	int error;

	while ((n = zr_fs_read(fs, object, offset, buf, CHUNK, diag)) > 0) {
		error = write_all(buf, (size_t)n, diag);
		if (error)
			return error;
		offset += (uint64_t)n;
	}
	return (int)n;
}

static int cat_target(struct look *look, const char *text, uint64_t guid, uint8_t *buf,
		      struct zb_diag *diag)
{
	struct look_target target;
	struct zr_stat st;
	struct zr_fs *fs;
	int error = look_target_parse(text, &target, diag);

	if (!error && !target.path)
		error = zb_fail(diag, ZB_EINVAL, text, ZB_DIAG_NO_OFFSET,
				"names no file: DATASET:PATH is expected");
	if (!error)
		error = look_target_fs(look, &target, guid, &fs, diag);
	if (error)
		return error;
	error = zr_fs_lookup(fs, target.path, true, &st, diag);
	if (!error && (st.mode & 0170000) != 0100000)
		error = zb_fail(diag, ZB_EINVAL, text, ZB_DIAG_NO_OFFSET,
				(st.mode & 0170000) == 0040000 ? "is a directory"
							       : "is no regular file");
	if (!error)
		error = cat_object(fs, st.object, buf, diag);
	zr_fs_close(fs);
	return error;
}

static void print_stats(const struct look *look)
{
	uint64_t bytes, requests;

	for (unsigned int i = 0; i < look->n_pools; i++) {
		if (!look->pools[i].pool)
			continue;
		zr_pool_stats(look->pools[i].pool, &bytes, &requests);
		fprintf(stderr, "%s: %llu bytes in %llu requests\n", look->pools[i].name,
			(unsigned long long)bytes, (unsigned long long)requests);
	}
}

static int cat_all(const struct look_options *options, char **targets, int n, bool stats)
{
	uint8_t *buf = malloc(CHUNK);
	struct zb_diag diag;
	struct look look;
	int status = CMD_DONE;

	if (!buf) {
		zb_fail(&diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "out of memory");
		return cmd_fail(&diag);
	}
	if (look_init(&look, options, &diag)) {
		free(buf);
		return cmd_fail(&diag);
	}
	for (int i = 0; i < n; i++)
		if (cat_target(&look, targets[i], options->guid, buf, &diag))
			status = cmd_fail(&diag);
	if (stats)
		print_stats(&look);
	look_done(&look);
	free(buf);
	return status;
}

int cmd_cat(int argc, char **argv)
{
	static const struct option own[] = {
		{ "stats", no_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	static const struct look_getopt spec = { "cat", help, NULL, own, LOOK_OPT_POOL };
	struct look_options options = { 0 };
	bool stats = false;
	int c;

	while ((c = look_getopt(&spec, argc, argv, &options)) >= 0)
		stats = true;
	if (c == LOOK_GETOPT_EXIT)
		return options.status;
	if (optind == argc)
		return cmd_usage_error("cat", "a TARGET is missing");
	return cat_all(&options, argv + optind, argc - optind, stats);
}
