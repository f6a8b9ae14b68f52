/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <mntent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include "init/hold.h"
#include "init/overlay.h"
#include "init/run.h"
#include "init/undo.h"
#include "init/watch.h"

#define MAX_MOUNTS 4096

static bool is_below(const char *top, const char *dir)
{
	size_t n = strlen(top);

	return strncmp(dir, top, n) == 0 && (dir[n] == '/' || dir[n] == '\0');
}

/* The last thing that was mounted for the root; NULL if there is none. For free(). */
static char *last_mount(void)
{
	FILE *f = setmntent("/proc/self/mounts", "r");
	struct mntent *entry;
	char *last = NULL;

	if (!f)
		return NULL;
	while ((entry = getmntent(f))) {
		if (!is_below("/sysroot", entry->mnt_dir) &&
		    !is_below(ZI_OVERLAY_FOLDER, entry->mnt_dir))
			continue;
		free(last);
		last = strdup(entry->mnt_dir);
	}
	endmntent(f);
	return last;
}

static void unmount_all(struct zi_boot *b)
{
	for (unsigned int i = 0; i < MAX_MOUNTS; i++) {
		char *dir = last_mount();
		int error;

		if (!dir)
			return;
		error = umount2(dir, 0) < 0 ? errno : 0;
		if (error)
			zi_say(&b->console,
			       "%s: %s; it goes when nothing uses it any more", dir,
			       strerror(error));
		if (error && umount2(dir, MNT_DETACH) < 0)
			i = MAX_MOUNTS;
		free(dir);
	}
}

void zi_undo(struct zi_boot *b, enum zi_undo how_much)
{
	const char *const argv[] = { "zpool", "export", b->pool, NULL };
	struct zb_diag diag;
	char out[1024];

	unmount_all(b);
	if (how_much == ZI_UNDO_MOUNT)
		return;
	if (b->pool[0] && zi_run_ok(argv, NULL, out, sizeof(out), &diag) < 0)
		zi_say_diag(&b->console, &diag);
	else
		b->pool[0] = '\0';
	/* A pool that is still there needs it. */
	if (!b->pool[0])
		zi_watch_stop(b);
	zi_hold_stop();
}
