/* SPDX-License-Identifier: BSD-2-Clause */
/* zlive deb: the Debian package that a tree of one's own needs to keep its ramdisks. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "cmd/build/file.h"
#include "cmd/cmd.h"
#include "cmd/deb/package.h"
#include "cmd/embed.h"
#include "cmd/suggest.h"

#define PROGRAM_MAX (64U << 20)

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int write_file(const char *path, const struct text *t, struct zb_diag *diag)
{
	FILE *f = fopen(path, "we");
	bool ok = f && fwrite(t->buf, 1, t->len, f) == t->len;

	if (f && fclose(f) != 0)
		ok = false;
	if (!ok)
		return zb_fail(diag, -errno, path, ZB_DIAG_NO_OFFSET, "cannot write: %s",
			       strerror(errno));
	return 0;
}

static int make(const char *output, struct zb_diag *diag)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	uint64_t when = epoch ? strtoull(epoch, NULL, 10) : (uint64_t)time(NULL);
	struct package p = { 0 };
	struct zb_span program;
	struct text deb = { 0 };
	void *data;
	int r = file_load("/proc/self/exe", PROGRAM_MAX, &data, &program.len, diag);

	if (r < 0)
		return r;
	program.ptr = data;
	r = package_load(&p, embed_share(), program, when, diag);
	free(data);
	if (r >= 0)
		r = package_write(&p, &deb, diag);
	if (r >= 0)
		r = write_file(output, &deb, diag);
	text_done(&deb);
	package_done(&p);
	return r;
}

int cmd_deb(int argc, char **argv)
{
	const char *output = NULL;
	struct zb_diag diag;
	int c;

	while ((c = cmd_getopt(argc, argv, "o:h", long_options)) != -1) {
		switch (c) {
		case 'o':
			output = optarg;
			break;
		case 'h':
			fputs("Usage: zlive deb -o FILE\n"
			      "Writes the Debian package `zlive`, for a root tree of your own: it\n"
			      "makes the ramdisks when a kernel or OpenZFS is upgraded on the stick.\n"
			      "`zlive build --suite` installs it by itself.\n",
			      stdout);
			return CMD_DONE;
		default:
			return cmd_usage_error("deb", "wrong option");
		}
	}
	if (!output || optind < argc)
		return cmd_usage_error("deb", "-o FILE is wanted, and nothing else");
	return make(output, &diag) < 0 ? cmd_fail(&diag) : CMD_DONE;
}
