/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>
#include "cmd/suggest.h"

#define MAX_LENGTH 32

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/*
 * How many letters were left out, added, changed or swapped with the next one. Three rows of the
 * usual table are enough; both words are of at most MAX_LENGTH letters.
 */
static unsigned int distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned int rows[3][MAX_LENGTH + 1];

	for (size_t k = 0; k <= b_len; k++)
		rows[0][k] = (unsigned int)k;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned int *now = rows[i % 3], *last = rows[(i + 2) % 3];

		now[0] = (unsigned int)i;
		for (size_t k = 1; k <= b_len; k++) {
			now[k] = least(last[k], now[k - 1]) + 1;
			now[k] = least(now[k], last[k - 1] + (a[i - 1] != b[k - 1]));
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] &&
			    a[i - 2] == b[k - 1])
				now[k] = least(now[k], rows[(i + 1) % 3][k - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

void cmd_nearest_try(struct cmd_nearest *nearest, const char *name)
{
	size_t len = strlen(name);
	unsigned int d;

	if (nearest->len > MAX_LENGTH || len > MAX_LENGTH)
		return;
	d = distance(nearest->word, nearest->len, name, len);
	/* One mistake in two letters, two in five, and so on: more is another word. */
	if (3 * d > nearest->len + 1 || (nearest->name && d >= nearest->distance))
		return;
	nearest->name = name;
	nearest->distance = d;
}

/* An option that lacks its argument, or that is short for several, is none of these. */
static void suggest(const char *program, const char *arg, const struct option *options)
{
	struct cmd_nearest nearest = { .word = arg + 2, .len = strcspn(arg + 2, "=") };

	for (const struct option *o = options; o->name; o++) {
		if (strncmp(o->name, nearest.word, nearest.len) == 0)
			return;
		cmd_nearest_try(&nearest, o->name);
	}
	if (nearest.name)
		fprintf(stderr, "%s: did you mean '--%s'?\n", program, nearest.name);
}

int cmd_getopt(int argc, char **argv, const char *letters, const struct option *options)
{
	int c = getopt_long(argc, argv, letters, options, NULL);

	if (c == '?' && optind > 0 && strncmp(argv[optind - 1], "--", 2) == 0)
		suggest(argv[0], argv[optind - 1], options);
	return c;
}
