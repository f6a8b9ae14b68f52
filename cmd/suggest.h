/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_CMD_SUGGEST_H
#define ZLIVE_CMD_SUGGEST_H

#include <getopt.h>

/* Of the names that were tried, the one that somebody most likely meant by word. */
struct cmd_nearest {
	const char *word;
	size_t len;	  /* of word: it need not end there */
	const char *name; /* NULL: none is like it */
	unsigned int distance;
};

void cmd_nearest_try(struct cmd_nearest *nearest, const char *name);

/* getopt_long() that asks, after its own complaint of an unknown option, whether another was meant. */
int cmd_getopt(int argc, char **argv, const char *letters, const struct option *options);

#endif
