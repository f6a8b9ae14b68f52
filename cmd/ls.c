/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/ls.h"

static const char help[] =
	"Usage: zlive ls [-lR] [-d DEVICE|IMAGE|DIRECTORY]... [--guid GUID] [--json] [TARGET]\n"
	"List files of a ZFS pool, without ZFS. TARGET is [DATASET[@SNAPSHOT]][:PATH]; without\n"
	"TARGET the datasets and snapshots are listed, without DATASET the files are those of\n"
	"the dataset that the pool boots from.\n"
	"\n" LOOK_HELP_DEVICE
	"  -l, --long         modes, links, owners, sizes, times; of datasets their mount points\n"
	"  -R, --recursive    directories with all that is below them\n"
	"      --objects      what the dataset consists of: its objects and, with -l, their\n"
	"                     blocks; the dataset POOL/$MOS is the pool's own\n"
	"      --json         print a JSON array with all attributes\n" LOOK_HELP_POOL
		LOOK_HELP_HELP;

static int run(const struct look_options *options, const char *text, struct ls *ls)
{
	struct look_target target = { 0 };
	struct zb_diag diag;
	struct look look;
	struct zr_fs *fs;
	int error = text ? look_target_parse(text, &target, &diag) : 0;

	if (error)
		return cmd_fail(&diag);
	if (look_init(&look, options, &diag))
		return cmd_fail(&diag);
	if (ls->json)
		fputs("[", stdout);
	if (!text) {
		error = ls_datasets(ls, &look, &diag);
	} else if (ls->objects) {
		error = ls_objects(ls, &look, &target, &diag);
	} else {
		error = look_target_fs(&look, &target, ls->guid, &fs, &diag);
		if (!error) {
			error = ls_files(ls, fs, target.path ? target.path : "", &diag);
			zr_fs_close(fs);
		}
	}
	if (ls->json)
		fputs(ls->printed ? "\n]\n" : "]\n", stdout);
	if (error)
		cmd_fail(&diag);
	if (look_output_done(&diag)) {
		cmd_fail(&diag);
		ls->failed = true;
	}
	look_done(&look);
	return error || ls->failed ? CMD_FAILED : CMD_DONE;
}

void ls_json(struct ls *ls, struct json_object *obj)
{
	fputs(ls->printed ? ",\n" : "\n", stdout);
	look_json_print(obj);
	json_object_put(obj);
	ls->printed = true;
}

int cmd_ls(int argc, char **argv)
{
	static const struct option own[] = {
		{ "long", no_argument, NULL, 'l' },
		{ "recursive", no_argument, NULL, 'R' },
		{ "objects", no_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	static const struct look_getopt spec = { "ls", help, "lR", own,
						 LOOK_OPT_JSON | LOOK_OPT_POOL };
	struct look_options options = { 0 };
	struct ls ls = { 0 };
	int c;

	while ((c = look_getopt(&spec, argc, argv, &options)) >= 0) {
		if (c == 'l')
			ls.details = true;
		else if (c == 'o')
			ls.objects = true;
		else
			ls.recursive = true;
	}
	if (c == LOOK_GETOPT_EXIT)
		return options.status;
	if (argc - optind > 1)
		return cmd_usage_error("ls", "one TARGET at most, but '%s' follows",
				       argv[optind + 1]);
	if (ls.objects && optind == argc)
		return cmd_usage_error("ls", "--objects needs a dataset");
	ls.guid = options.guid;
	ls.json = options.json;
	return run(&options, optind < argc ? argv[optind] : NULL, &ls);
}
