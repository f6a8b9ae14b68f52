/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/suggest.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

/* In the order of `zlive --help`: the way of a stick, then looking into pools. */
static const struct command commands[] = {
	{ "build", cmd_build, "make a bootable stick or an image of one" },
	{ "run", cmd_run, "boot an image in QEMU" },
	{ "ramdisk", cmd_ramdisk, "make the ramdisk of a root tree" },
	{ "scan", cmd_scan, "show which pools are on which devices" },
	{ "ls", cmd_ls, "list datasets, or files of a pool" },
	{ "cat", cmd_cat, "print files of a pool" },
	{ "mount", cmd_mount, "mount a pool, for reading only" },
	{ "export", cmd_export, "write a file system of a pool as a tar archive" },
	{ "verify", cmd_verify, "read and verify every block of a pool" },
	{ "deb", cmd_deb, "make the Debian package for a tree of one's own" },
	{ NULL, NULL, NULL },
};

int cmd_fail(const struct zb_diag *diag)
{
	char text[600];

	zb_diag_text(diag, text, sizeof(text));
	fprintf(stderr, "zlive: %s\n", text);
	return CMD_FAILED;
}

int cmd_usage_error(const char *name, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "zlive %s: ", name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nTry 'zlive %s --help'.\n", name);
	return CMD_USAGE;
}

static void print_help(FILE *out)
{
	fputs("Usage: zlive COMMAND [OPTION]... [ARGUMENT]...\n"
	      "A Debian system on a ZFS pool on a USB stick: make, write, inspect, run.\n"
	      "\n"
	      "Commands:\n",
	      out);
	for (const struct command *c = commands; c->name; c++)
		fprintf(out, "  %-10s %s\n", c->name, c->summary);
	fputs("\n"
	      "  zlive COMMAND --help   the options of a command; see also zlive(1)\n"
	      "  zlive --version        the version\n",
	      out);
}

/* getopt puts argv[0] before what it complains of. */
static int run(const struct command *c, int argc, char **argv)
{
	char name[32];

	snprintf(name, sizeof(name), "zlive %s", c->name);
	argv[0] = name;
	return c->run(argc, argv);
}

/*
 * Buffers of up to a few MiB come and go: from the heap, which keeps them, they cost no page faults
 * each time.
 */
static void keep_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 2 << 20);
	mallopt(M_TRIM_THRESHOLD, 4 << 20);
	mallopt(M_TOP_PAD, 512 << 10);
}

static int unknown(const char *word)
{
	struct cmd_nearest nearest = { .word = word, .len = strlen(word) };

	for (const struct command *c = commands; c->name; c++)
		cmd_nearest_try(&nearest, c->name);
	fprintf(stderr, "zlive: no command '%s'\n", word);
	if (nearest.name)
		fprintf(stderr, "zlive: did you mean '%s'?\n", nearest.name);
	fputs("Try 'zlive --help'.\n", stderr);
	return CMD_USAGE;
}

int main(int argc, char **argv)
{
	keep_memory();
	if (argc < 2) {
		print_help(stderr);
		return CMD_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		print_help(stdout);
		return CMD_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("zlive " ZLIVE_VERSION);
		return CMD_DONE;
	}
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(argv[1], c->name) == 0)
			return run(c, argc - 1, argv + 1);
	return unknown(argv[1]);
}
