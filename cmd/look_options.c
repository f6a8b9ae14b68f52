/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/look.h"
#include "cmd/suggest.h"

#define MAX_LONG 32

/* Above all letters, so that a command's own values never meet them. */
enum {
	OPT_DEVICE = 'd',
	OPT_VERBOSE = 'v',
	OPT_GUID = 0x1000,
	OPT_TXG,
	OPT_CHECKPOINT,
	OPT_JSON,
	OPT_KEY_FILE,
	OPT_HELP,
};

static const struct {
	unsigned int set; /* enum look_option_set; 0: always */
	const char *letters;
	struct option option;
} common[] = {
	{ 0, "d:", { "device", required_argument, NULL, OPT_DEVICE } },
	{ 0, "", { "help", no_argument, NULL, OPT_HELP } },
	{ LOOK_OPT_JSON, "", { "json", no_argument, NULL, OPT_JSON } },
	{ LOOK_OPT_POOL, "", { "guid", required_argument, NULL, OPT_GUID } },
	{ LOOK_OPT_POOL, "", { "txg", required_argument, NULL, OPT_TXG } },
	{ LOOK_OPT_POOL, "", { "checkpoint", no_argument, NULL, OPT_CHECKPOINT } },
	{ LOOK_OPT_POOL, "", { "key-file", required_argument, NULL, OPT_KEY_FILE } },
	{ LOOK_OPT_POOL, "v", { "verbose", no_argument, NULL, OPT_VERBOSE } },
};

/* The command's own options and the common ones as one list for getopt. */
static int next_option(const struct look_getopt *g, int argc, char **argv)
{
	struct option options[MAX_LONG + 1] = { 0 };
	char letters[64];
	unsigned int n = 0;

	snprintf(letters, sizeof(letters), "%s", g->letters ? g->letters : "");
	while (g->own && g->own[n].name && n < MAX_LONG) {
		options[n] = g->own[n];
		n++;
	}
	for (unsigned int i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		if ((common[i].set && !(common[i].set & g->common)) || n == MAX_LONG)
			continue;
		options[n++] = common[i].option;
		strncat(letters, common[i].letters,
			sizeof(letters) - strlen(letters) - 1);
	}
	return cmd_getopt(argc, argv, letters, options);
}

static int leave(struct look_options *o, int status)
{
	o->status = status;
	return LOOK_GETOPT_EXIT;
}

/* 0 when the option was a common one. */
static int take(const struct look_getopt *g, int c, struct look_options *o)
{
	switch (c) {
	case OPT_DEVICE:
		if (look_paths_add(&o->paths, optarg))
			return leave(o, cmd_usage_error(g->name, "too many -d options"));
		return 0;
	case OPT_GUID:
		if (!look_parse_u64(optarg, &o->guid))
			return leave(o,
				     cmd_usage_error(g->name, "'%s' is no GUID", optarg));
		return 0;
	case OPT_TXG:
		if (!look_parse_u64(optarg, &o->txg) || o->txg == 0)
			return leave(o, cmd_usage_error(g->name,
							"'%s' is no transaction group",
							optarg));
		return 0;
	case OPT_CHECKPOINT:
		o->checkpoint = true;
		return 0;
	case OPT_KEY_FILE:
		if (o->n_keys == LOOK_MAX_KEYS)
			return leave(o, cmd_usage_error(g->name, "too many --key-file"));
		o->keys[o->n_keys++] = optarg;
		return 0;
	case OPT_JSON:
		o->json = true;
		return 0;
	case OPT_VERBOSE:
		o->verbose = true;
		return 0;
	case OPT_HELP:
		fputs(g->help, stdout);
		return leave(o, CMD_DONE);
	case '?':
		/* getopt has told what is wrong. */
		fprintf(stderr, "Try 'zlive %s --help'.\n", g->name);
		return leave(o, CMD_USAGE);
	default:
		return c;
	}
}

int look_getopt(const struct look_getopt *g, int argc, char **argv,
		struct look_options *o)
{
	int c, r = 0;

	while (r == 0) {
		c = next_option(g, argc, argv);
		if (c < 0)
			return LOOK_GETOPT_END;
		r = take(g, c, o);
	}
	return r;
}
