/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include "cmd/ace_text.h"
#include "host/dev.h"
#include "host/reader.h"
#include "read/read.h"

/*
 * acls IMAGE DATASET: the NFSv4 ACLs of the files whose object numbers come on standard input, also
 * those that say no more than a mode, which zlive does not show. A line for each, "OBJECT
 * trivial|more ENTRY,ENTRY...".
 */
static int print(void *ctx, const struct zf_ace *aces, unsigned int n, bool trivial)
{
	const unsigned long long *object = ctx;
	char text[ACE_TEXT_SIZE];

	printf("%llu %s ", *object, trivial ? "trivial" : "more");
	for (unsigned int i = 0; i < n; i++) {
		(void)!ace_text(&aces[i], text);
		printf("%s%s", i ? "," : "", text);
	}
	printf("\n");
	return 0;
}

static int print_all(struct zr_fs *fs, struct zb_diag *diag)
{
	unsigned long long object;
	int error = 0;

	while (!error && scanf("%llu", &object) == 1)
		error = zr_fs_acl(fs, object, print, &object, diag);
	return error;
}

static int print_dataset(struct zr_pool *pool, const char *name, struct zb_diag *diag)
{
	struct zr_dataset *ds;
	struct zr_fs *fs;
	int error = zr_dataset_open(pool, name, &ds, diag);

	if (error)
		return error;
	error = zr_fs_open(ds, &fs, diag);
	if (!error) {
		error = print_all(fs, diag);
		zr_fs_close(fs);
	}
	zr_dataset_close(ds);
	return error;
}

int main(int argc, char **argv)
{
	const char *paths[] = { argc > 1 ? argv[1] : NULL };
	struct zh_reader *reader = zh_reader_create(1, NULL, NULL);
	struct zr_pool *pool;
	struct zh_devs devs;
	struct zb_diag diag;
	int error;

	if (argc != 3 || !reader) {
		fprintf(stderr, "usage: acls IMAGE DATASET\n");
		return 2;
	}
	error = zh_devs_open(paths, 1, &devs, &diag);
	if (!error) {
		error = zr_pool_open(zh_reader_host(reader), devs.list, devs.n, 0, &pool,
				     &diag);
		if (!error) {
			error = print_dataset(pool, argv[2], &diag);
			zr_pool_close(pool);
		}
		zh_devs_close(&devs);
	}
	zh_reader_destroy(reader);
	if (error)
		fprintf(stderr, "acls: %s: %s\n", diag.object, diag.reason);
	return error ? 1 : 0;
}
