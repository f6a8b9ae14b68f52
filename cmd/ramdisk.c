/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/ramdisk.h"
#include "cmd/suggest.h"

#define MAX_MODULES 256

static const char help[] =
	"Usage: zlive ramdisk --root DIR -o FILE [OPTION]...\n"
	"Make the ramdisk with which the system in a root tree boots from its pool.\n"
	"\n"
	"  -r, --root DIR       the root tree (\"/\" on a running stick)\n"
	"  -o, --output FILE    the ramdisk; replaced only when the new one is complete\n"
	"  -k, --kernel V       kernel release, as in /lib/modules; needed if there are several\n"
	"  -m, --module NAME    one more kernel module; repeatable (also: /etc/zlive/modules)\n"
	"  -l, --level N        zstd level, 1 to 19 (12)\n"
	"      --init FILE      a static /init in place of the built-in one\n"
	"  -h, --help           this text\n"
	"\n"
	"SOURCE_DATE_EPOCH sets the times inside. See zlive-ramdisk(1).\n";

struct arguments {
	struct ramdisk_options o;
	const char *modules[MAX_MODULES];
	bool help;
};

static void print_warning(void *ctx, const struct zb_diag *what)
{
	char text[600];

	zb_diag_text(what, text, sizeof(text));
	fprintf(stderr, "zlive ramdisk: warning: %s\n", text);
}

/* A decimal number of at most max; false if text is anything else. */
static bool parse_number(const char *text, uint64_t max, uint64_t *ret_v)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || *end || end == text || text[0] == '-' || v > max)
		return false;
	*ret_v = v;
	return true;
}

static int take_option(struct arguments *a, int option, const char *value)
{
	uint64_t v;

	switch (option) {
	case 'r':
		a->o.root = value;
		return 0;
	case 'o':
		a->o.output = value;
		return 0;
	case 'k':
		a->o.kernel = value;
		return 0;
	case 'I':
		a->o.init = value;
		return 0;
	case 'm':
		if (a->o.n_modules == MAX_MODULES)
			return cmd_usage_error("ramdisk", "more than %d modules",
					       MAX_MODULES);
		a->modules[a->o.n_modules++] = value;
		return 0;
	case 'l':
		if (!parse_number(value, 19, &v) || v == 0)
			return cmd_usage_error("ramdisk", "level '%s' is not 1 to 19",
					       value);
		a->o.level = (unsigned int)v;
		return 0;
	case 'h':
		a->help = true;
		return 0;
	default:
		return cmd_usage_error("ramdisk", "bad option");
	}
}

static int parse(struct arguments *a, int argc, char **argv)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "output", required_argument, NULL, 'o' },
		{ "kernel", required_argument, NULL, 'k' },
		{ "module", required_argument, NULL, 'm' },
		{ "level", required_argument, NULL, 'l' },
		{ "init", required_argument, NULL, 'I' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	int option, r = 0;

	while (r == 0 && (option = cmd_getopt(argc, argv, "r:o:k:m:l:h", options)) >= 0)
		r = take_option(a, option, optarg);
	if (r != 0 || a->help)
		return r;
	if (optind < argc)
		return cmd_usage_error("ramdisk", "unexpected argument '%s'",
				       argv[optind]);
	if (!a->o.root || !a->o.output)
		return cmd_usage_error("ramdisk", "--root and --output are needed");
	if (epoch && !parse_number(epoch, UINT32_MAX, &a->o.time))
		return cmd_usage_error("ramdisk", "SOURCE_DATE_EPOCH '%s' is no time",
				       epoch);
	return 0;
}

int cmd_ramdisk(int argc, char **argv)
{
	struct arguments a = { .o.warn = print_warning };
	struct zb_diag diag = { 0 };
	int r;

	a.o.modules = a.modules;
	r = parse(&a, argc, argv);
	if (r != 0)
		return r;
	if (a.help) {
		fputs(help, stdout);
		return CMD_DONE;
	}
	if (ramdisk_build(&a.o, &diag) < 0)
		return cmd_fail(&diag);
	return CMD_DONE;
}
