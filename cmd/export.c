/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cmd/cmd.h"
#include "cmd/export/export.h"
#include "cmd/look.h"
#include "fmt/enums.h"

static const char help[] =
	"Usage: zlive export [-r] [-d DEVICE|IMAGE|DIRECTORY]... [TARGET] > FILE.tar\n"
	"Write a file system of a ZFS pool, without ZFS, as a tar archive to standard output, with\n"
	"owners, times, extended attributes, ACLs, holes, links and devices. TARGET is\n"
	"[DATASET[@SNAPSHOT]][:PATH]; without DATASET it is the one that the pool boots from.\n"
	"\n"
	"  -r, --recursive    child datasets, too, each in a directory of its name\n"
	"  -q, --quiet        no progress on the terminal\n" LOOK_HELP_DEVICE
		LOOK_HELP_POOL LOOK_HELP_HELP;

struct options {
	struct look_options common;
	bool recursive, quiet;
};

/* A dataset, and those below it, in one archive. */
struct datasets {
	struct export x;
	struct look *look;
	struct zr_pool *pool;
	const struct options *options;
	char snapshot[ZR_NAME_MAX]; /* "@NAME" or "" */
	const char *path;	    /* inside the first one; NULL: all of it */
};

/* The name of what is exported: "." for a directory, a file's own. */
static const char *own_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* *ret_fatal: whether an error left the archive unfinished. */
static int add_fs(struct datasets *d, struct zr_dataset *ds, const char *in_archive,
		  bool *ret_fatal)
{
	struct zb_diag *diag = d->x.diag;
	struct zr_dataset_info info;
	struct zr_stat st = { 0 };
	int error = zr_fs_open(ds, &d->x.fs, diag);

	if (error)
		return error;
	if (zr_dataset_info(ds, &info, diag) == 0)
		d->x.total += info.referenced;
	/* Of a part it is not known beforehand how much that is. */
	zh_progress_stage(d->x.archive.progress, "export",
			  d->path && d->path[0] ? 0 : d->x.total);
	error = zr_fs_lookup(d->x.fs, d->path ? d->path : "", true, &st, diag);
	d->x.links = export_links_create();
	if (!error && !d->x.links)
		error = zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "no memory");
	if (!error) {
		*ret_fatal = true;
		error = export_tree(&d->x, st.object,
				    S_ISDIR(st.mode) ? in_archive : own_name(d->path));
	}
	export_links_destroy(d->x.links);
	dirlist_seen_done(&d->x.seen);
	zr_fs_close(d->x.fs);
	return error;
}

struct children {
	struct datasets *d;
	const char *name;	/* of their parent */
	const char *in_archive; /* where that is */
};

static int add_dataset(struct datasets *d, const char *name, const char *in_archive);

static int add_child(void *ctx, const char *child)
{
	struct children *c = ctx;
	char *name = NULL, *path = NULL;
	int error = ZB_ENOMEM;

	if (asprintf(&name, "%s/%s", c->name, child) >= 0 &&
	    asprintf(&path, "%s/%s", c->in_archive, child) >= 0)
		error = add_dataset(c->d, name, path);
	free(name);
	free(path);
	return error;
}

static bool is_volume(struct zr_dataset *ds)
{
	struct zr_dataset_info info;
	struct zb_diag unused;

	return zr_dataset_info(ds, &info, &unused) == 0 && info.type == ZF_OST_ZVOL;
}

/* A volume is no file; `zlive cat` gives its bytes. */
static void note_volume(struct datasets *d, const char *name)
{
	zh_progress_clear(d->x.archive.progress);
	fprintf(stderr, "zlive: note: %s left out: it is a volume\n", name);
}

static int add_one(struct datasets *d, const char *name, const char *in_archive,
		   bool *ret_fatal)
{
	char full[2 * ZR_NAME_MAX];
	struct zr_dataset *ds;
	int error;

	snprintf(full, sizeof(full), "%s%s", name, d->snapshot);
	error = zr_dataset_open(d->pool, full, &ds, d->x.diag);
	if (error)
		return error;
	if (strcmp(in_archive, ".") != 0 && is_volume(ds)) {
		note_volume(d, full);
	} else {
		error = look_unlock(d->look, d->pool, ds, d->x.diag);
		if (!error)
			error = add_fs(d, ds, in_archive, ret_fatal);
	}
	zr_dataset_close(ds);
	return error;
}

/* A child that cannot be had is told of, and the others follow. */
static int add_dataset(struct datasets *d, const char *name, const char *in_archive)
{
	struct children c = { d, name, in_archive };
	bool fatal = strcmp(in_archive, ".") == 0;
	struct zr_dataset *ds;
	int error = add_one(d, name, in_archive, &fatal);

	if (error && !fatal) {
		zh_progress_clear(d->x.archive.progress);
		cmd_fail(d->x.diag);
		d->x.archive.failed = true;
		error = 0;
	}
	if (error || !d->options->recursive)
		return error;
	/* Children belong to the dataset, not to its snapshot. */
	error = zr_dataset_open(d->pool, name, &ds, d->x.diag);
	if (error)
		return error;
	error = zr_dataset_children(ds, add_child, &c, d->x.diag);
	zr_dataset_close(ds);
	return error;
}

static int finish(struct datasets *d, int error)
{
	struct archive *a = &d->x.archive;
	bool failed;

	if (!error)
		error = archive_finish(a);
	zh_progress_destroy(a->progress);
	a->progress = NULL;
	if (d->x.sockets)
		fprintf(stderr, "zlive: note: %llu sockets left out: tar has none\n",
			(unsigned long long)d->x.sockets);
	if (error)
		cmd_fail(d->x.diag);
	failed = a->failed;
	archive_done(a);
	pax_buf_done(&d->x.path);
	pax_buf_done(&d->x.header);
	pax_buf_done(&d->x.records);
	free(d->x.target);
	return error || failed ? CMD_FAILED : CMD_DONE;
}

/* What to begin with: its name, and behind it '@' and the snapshot, cut off. */
static int first_dataset(struct look *look, const struct look_target *target,
			 uint64_t guid, struct datasets *d, char name[ZR_NAME_MAX])
{
	struct zr_pool_info info;
	struct look_pool *pool;
	char *at;
	int error = look_target_pool(look, target, guid, &pool, d->x.diag);

	if (error)
		return error;
	d->pool = pool->pool;
	zr_pool_info(d->pool, &info);
	memcpy(name, target->dataset[0] ? target->dataset : info.bootfs_name,
	       ZR_NAME_MAX);
	if (!name[0])
		return zb_fail(d->x.diag, ZB_EINVAL, info.name, ZB_DIAG_NO_OFFSET,
			       "its bootfs is not set: name a dataset");
	at = strchr(name, '@');
	if (at) {
		snprintf(d->snapshot, sizeof(d->snapshot), "%s", at);
		*at = '\0';
	}
	return 0;
}

static int export_target(const struct options *options, const char *text)
{
	struct look_target target = { 0 };
	struct datasets *d = calloc(1, sizeof(*d));
	char name[ZR_NAME_MAX];
	struct zb_diag diag = { 0 };
	struct look look;
	int error, status;

	if (!d) {
		zb_fail(&diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "no memory");
		return cmd_fail(&diag);
	}
	d->x.diag = &diag;
	d->options = options;
	error = text ? look_target_parse(text, &target, &diag) : 0;
	if (!error)
		error = look_init(&look, &options->common, &diag);
	if (error) {
		free(d);
		return cmd_fail(&diag);
	}
	d->path = target.path;
	d->look = &look;
	error = first_dataset(&look, &target, options->common.guid, d, name);
	if (!error)
		error = archive_init(&d->x.archive, d->pool, STDOUT_FILENO, &diag);
	if (error) {
		status = cmd_fail(&diag);
	} else {
		d->x.archive.progress = zh_progress_create(options->quiet);
		status = finish(d, add_dataset(d, name, "."));
	}
	look_done(&look);
	free(d);
	return status;
}

int cmd_export(int argc, char **argv)
{
	static const struct option own[] = {
		{ "recursive", no_argument, NULL, 'r' },
		{ "quiet", no_argument, NULL, 'q' },
		{ NULL, 0, NULL, 0 },
	};
	static const struct look_getopt spec = { "export", help, "rq", own,
						 LOOK_OPT_POOL };
	struct options options = { 0 };
	int c;

	while ((c = look_getopt(&spec, argc, argv, &options.common)) >= 0) {
		if (c == 'r')
			options.recursive = true;
		else
			options.quiet = true;
	}
	if (c == LOOK_GETOPT_EXIT)
		return options.common.status;
	if (argc - optind > 1)
		return cmd_usage_error("export", "one TARGET at most, but '%s' follows",
				       argv[optind + 1]);
	if (isatty(STDOUT_FILENO))
		return cmd_usage_error("export", "an archive is no text for a terminal: "
						 "redirect it to a file or into tar");
	return export_target(&options, optind < argc ? argv[optind] : NULL);
}
