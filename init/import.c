/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "init/file.h"
#include "init/hold.h"
#include "init/import.h"
#include "init/run.h"

#define KSTATS	      "/proc/spl/kstat/zfs" /* a folder for each imported pool */
#define MAX_OPTIONS   4
/* What zpool import -n prints of a state to go back to, and only then. */
#define PREVIEW_FOUND "Would be able to return"
#define MAX_ARGS      (2 * ZI_MAX_MEMBERS + 12 + MAX_OPTIONS)

static int zpool_list_name(uint64_t guid, char name[ZR_NAME_MAX])
{
	static const char *const argv[] = {
		"zpool", "list", "-H", "-o", "name,guid", NULL
	};
	char out[4096], *save = NULL;
	struct zb_diag diag;

	if (zi_run_ok(argv, NULL, out, sizeof(out), &diag) < 0)
		return ZB_ENOENT;
	for (char *line = strtok_r(out, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *tab = strchr(line, '\t');

		if (!tab || strtoull(tab + 1, NULL, 10) != guid)
			continue;
		*tab = 0;
		snprintf(name, ZR_NAME_MAX, "%s", line);
		return 0;
	}
	return ZB_ENOENT;
}

/* What stands in front of the device, if there is something: not of a copy in memory. */
static void path_of(const struct zi_device *dev, char path[72])
{
	if (dev->label) {
		zi_hold_path(dev->label->zr.vdev_guid, path);
		if (access(path, F_OK) == 0)
			return;
	}
	snprintf(path, 72, "/dev/%s", dev->name);
}

/*
 * The name of the imported pool with that GUID. ZB_ENOENT if there is none. The module's own
 * files tell it without a program; those of OpenZFS 2.1 have no GUIDs.
 */
static int imported_name(uint64_t guid, char name[ZR_NAME_MAX])
{
	DIR *dir = opendir(KSTATS);
	struct dirent *entry;
	int r = dir ? ZB_ENOENT : zpool_list_name(guid, name);

	while (dir && r == ZB_ENOENT && (entry = readdir(dir))) {
		char path[PATH_MAX], line[32];

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), KSTATS "/%s/guid", entry->d_name);
		zi_file_line(path, line, sizeof(line));
		if (!line[0]) {
			r = zpool_list_name(guid, name);
			break;
		}
		if (strtoull(line, NULL, 10) != guid)
			continue;
		snprintf(name, ZR_NAME_MAX, "%s", entry->d_name);
		r = 0;
	}
	if (dir)
		closedir(dir);
	return r;
}

/*
 * -f: another host may have had it last; this very medium was booted from. A pool with
 * multihost on that is in use elsewhere is refused nevertheless.
 */
static int run_import(const struct zi_devices *d, const struct zi_decision *decision,
		      const char *const *options, char *out, size_t size,
		      struct zb_diag *diag)
{
	char paths[ZI_MAX_MEMBERS][72], guid[24];
	const char *argv[MAX_ARGS] = { "zpool", "import", "-N",
				       "-f",	"-o",	  "cachefile=none" };
	unsigned int n = 6;

	while (*options)
		argv[n++] = *options++;
	for (unsigned int i = 0; i < decision->n; i++) {
		path_of(&d->at[decision->member[i]], paths[i]);
		argv[n++] = "-d";
		argv[n++] = paths[i];
	}
	snprintf(guid, sizeof(guid), "%" PRIu64, decision->guid);
	argv[n++] = guid;
	argv[n] = NULL;
	return zi_run_ok(argv, NULL, out, size, diag);
}

int zi_import(const struct zi_devices *d, const struct zi_decision *decision,
	      enum zi_access access, enum zi_rewind rewind, char ret_name[ZR_NAME_MAX],
	      struct zb_diag *diag)
{
	const char *options[MAX_OPTIONS + 1] = { NULL };
	unsigned int n = 0;
	char out[4096];
	int r;

	if (imported_name(decision->guid, ret_name) == 0)
		return 0;
	if (rewind != ZI_REWIND_NONE)
		options[n++] = rewind == ZI_REWIND_FAR ? "-FX" : "-F";
	if (access != ZI_ACCESS_WRITE) {
		options[n++] = "-o";
		options[n++] = "readonly=on";
	}
	r = run_import(d, decision, options, out, sizeof(out), diag);
	if (r < 0)
		return r;
	if (imported_name(decision->guid, ret_name) < 0)
		return zb_fail(
			diag, ZB_ENOENT, decision->pool_name, ZB_DIAG_NO_OFFSET,
			"zpool import reported success, but the pool is not there");
	return 0;
}

int zi_import_preview(const struct zi_devices *d, const struct zi_decision *decision,
		      enum zi_rewind rewind, char *text, size_t size)
{
	const char *const options[] = { rewind == ZI_REWIND_FAR ? "-FX" : "-F", "-n",
					NULL };
	struct zb_diag diag;
	int r;

	text[0] = '\0';
	r = run_import(d, decision, options, text, size, &diag);
	if (r == 0 && !text[0])
		snprintf(text, size, "the pool's newest state can be imported as it is");
	/* zpool fails all the same, as the import without a rewind does. */
	if (r < 0 && strstr(text, PREVIEW_FOUND))
		r = 0;
	if (r < 0)
		snprintf(text, size, "%s", diag.reason);
	return r;
}
