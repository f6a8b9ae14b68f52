/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/tools/hostile/cases.h"

/*
 * hostile --list: the names of all cases.
 * hostile CASE IMAGE: makes the pool of a case.
 */
static const struct {
	const char *name;
	void (*make)(struct hostile *h);
} cases[] = {
	{ "dir-loop", make_dir_loop },
	{ "dir-loop-with-parents", make_dir_loop_with_parents },
	{ "dir-self", make_dir_self },
	{ "dir-fan", make_dir_fan },
	{ "name-up", make_name_up },
	{ "name-slash", make_name_slash },
	{ "name-control", make_name_control },
	{ "file-huge", make_file_huge },
	{ "file-tree", make_file_tree },
	{ "file-levels", make_file_levels },
	{ "file-links", make_file_links },
	{ "link-huge", make_link_huge },
	{ "xattr-self", make_xattr_self },
	{ "xattr-root", make_xattr_root },
	{ "zap-table", make_zap_table },
	{ "zap-leaf", make_zap_leaf },
	{ "zap-chain", make_zap_chain },
	{ "gang-self", make_gang_self },
	{ "gang-fan", make_gang_fan },
	{ "dsl-loop", make_dsl_loop },
	{ "dsl-self", make_dsl_self },
	{ "dsl-names", make_dsl_names },
	{ "snapshot-head", make_snapshot_head },
	{ "snapshot-loop", make_snapshot_loop },
	{ "origin-self", make_origin_self },
	{ "meta-huge", make_meta_huge },
	{ "label-parity", make_label_parity },
	{ "label-ashift", make_label_ashift },
	{ "label-children", make_label_children },
	{ "label-deep", make_label_deep },
	{ "label-long", make_label_long },
	{ "label-feature", make_label_feature },
	{ "records-stored", make_records_stored },
	{ "records-zstd", make_records_zstd },
};

#define N_CASES (sizeof(cases) / sizeof(cases[0]))

static void save(const char *path, const uint8_t *image)
{
	static const uint8_t zeros[4096];
	FILE *f = fopen(path, "wb");
	bool ok = f != NULL;

	for (size_t at = 0; ok && at < HOSTILE_SIZE; at += sizeof(zeros)) {
		if (memcmp(image + at, zeros, sizeof(zeros)) != 0)
			ok = fseek(f, (long)at, SEEK_SET) == 0 &&
			     fwrite(image + at, sizeof(zeros), 1, f) == 1;
	}
	/* the end is a label, but not all of it is used */
	ok = ok && fseek(f, HOSTILE_SIZE - 1, SEEK_SET) == 0 &&
	     fputc(image[HOSTILE_SIZE - 1], f) != EOF;
	if (!f || fclose(f) || !ok)
		hostile_die("the image cannot be written");
}

int main(int argc, char **argv)
{
	struct hostile h;
	uint8_t *image;

	for (size_t i = 0; argc == 2 && i < N_CASES; i++)
		puts(cases[i].name);
	if (argc == 2)
		return 0;
	if (argc != 3) {
		fprintf(stderr, "usage: hostile --list | CASE IMAGE\n");
		return 2;
	}
	image = calloc(1, HOSTILE_SIZE);
	if (!image)
		hostile_die("no memory");
	for (size_t i = 0; i < N_CASES; i++) {
		if (strcmp(cases[i].name, argv[1]) != 0)
			continue;
		hostile_init(&h, image);
		cases[i].make(&h);
		hostile_done(&h);
		save(argv[2], image);
		free(image);
		return 0;
	}
	hostile_die("no such case");
}
