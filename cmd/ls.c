/* SPDX-License-Identifier: BSD-2-Clause */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/ls.h"

static const char help[] =
	"Usage: zlive ls [-lR] [-d DEVICE|IMAGE|DIRECTORY]... [--guid GUID] [--json] [TARGET]\n"
	"List files of a ZFS pool, without ZFS. TARGET is [DATASET[@SNAPSHOT]][:PATH]; without\n"
	"TARGET the datasets and snapshots are listed, without DATASET the files are those of\n"
	"the dataset that the pool boots from.\n"
	"\n"
	"  -d, --device PATH  look at this device, image or directory; may be repeated\n"
	"                     (default: every block device)\n"
	"  -l, --long         modes, links, owners, sizes, times; of datasets their mount points\n"
	"  -R, --recursive    directories with all that is below them\n"
	"      --guid GUID    the pool with this GUID\n"
	"      --json         print a JSON array with all attributes\n"
	"  -v, --verbose      tell of bad copies that were survived\n"
	"      --help         print this text\n";

static int run(const struct look_paths *paths, const char *text, struct ls *ls,
	       bool verbose)
{
	struct look_target target = { 0 };
	struct zb_diag diag;
	struct look look;
	struct zr_fs *fs;
	int error = text ? look_target_parse(text, &target, &diag) : 0;

	if (error)
		return cmd_fail(&diag);
	if (look_init(&look, paths->at, paths->n, verbose, &diag))
		return cmd_fail(&diag);
	if (ls->json)
		fputs("[", stdout);
	if (!text) {
		error = ls_datasets(ls, &look, &diag);
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
	static const struct option options[] = {
		{ "device", required_argument, NULL, 'd' },
		{ "long", no_argument, NULL, 'l' },
		{ "recursive", no_argument, NULL, 'R' },
		{ "guid", required_argument, NULL, 'g' },
		{ "json", no_argument, NULL, 'j' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct look_paths paths = { 0 };
	struct ls ls = { 0 };
	bool verbose = false;
	int c;

	while ((c = getopt_long(argc, argv, "d:lRv", options, NULL)) != -1) {
		switch (c) {
		case 'd':
			if (look_paths_add(&paths, optarg))
				return cmd_usage_error("ls", "too many -d options");
			break;
		case 'l':
			ls.details = true;
			break;
		case 'R':
			ls.recursive = true;
			break;
		case 'g':
			if (!look_parse_u64(optarg, &ls.guid))
				return cmd_usage_error("ls", "'%s' is no GUID", optarg);
			break;
		case 'j':
			ls.json = true;
			break;
		case 'v':
			verbose = true;
			break;
		case 'h':
			fputs(help, stdout);
			return CMD_DONE;
		default:
			return CMD_USAGE;
		}
	}
	if (argc - optind > 1)
		return cmd_usage_error("ls", "one TARGET at most, but '%s' follows",
				       argv[optind + 1]);
	return run(&paths, optind < argc ? argv[optind] : NULL, &ls, verbose);
}
