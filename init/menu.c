/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>
#include "init/choose.h"
#include "init/import.h"
#include "init/menu.h"
#include "init/rescue.h"
#include "init/undo.h"

#define LATER 10 /* seconds */

enum item {
	AGAIN = 1,
	CHOOSE,
	READ_ONLY,
	REWIND,
	SHELL,
	REBOOT,
	POWER_OFF,
	NO_COPY /* shown only where it is of use */
};

static const char *headline(const struct zi_boot *b)
{
	switch (b->stage) {
	case ZI_STAGE_FIND:
		return b->wait.zfs == ZI_ZFS_FAILED ? "ZFS does not work in this kernel"
						    : "the pool was not found";
	case ZI_STAGE_COPY:
		return "the pool is there, but it cannot be copied into memory";
	case ZI_STAGE_IMPORT:
		return "the pool is there, but it cannot be imported";
	case ZI_STAGE_MOUNT:
		return "the pool is imported, but its root cannot be mounted";
	case ZI_STAGE_START:
		return "the root is mounted, but holds no system that can be started";
	}
	return "it failed";
}

static void show(const struct zi_boot *b, const struct zb_diag *why)
{
	const struct zi_console *c = &b->console;

	if (why->error == ZB_EINTR) {
		zi_say(c, "the boot has stopped, since Enter was pressed");
	} else {
		zi_say(c, "the boot has stopped: %s", headline(b));
		zi_say_diag(c, why);
	}
	zi_wait_say_found(&b->wait);
	zi_say(c, "what now?");
	zi_say(c, "  %u  try again", AGAIN);
	zi_say(c, "  %u  choose another boot environment or pool", CHOOSE);
	zi_say(c, "  %u  import the pool read-only", READ_ONLY);
	zi_say(c, "  %u  rewind the pool to an earlier moment; loses the last changes",
	       REWIND);
	zi_say(c, "  %u  a shell; leaving it tries again", SHELL);
	zi_say(c, "  %u  reboot", REBOOT);
	zi_say(c, "  %u  power off", POWER_OFF);
	if (b->stage == ZI_STAGE_COPY)
		zi_say(c, "  %u  start from the stick as it is; changes stay in memory",
		       NO_COPY);
}

static void leave(struct zi_boot *b, int how)
{
	zi_undo(b, ZI_UNDO_IMPORT);
	sync();
	reboot(how);
}

static bool confirm(struct zi_boot *b, const char *question)
{
	char answer[16];

	return zi_wait_line(&b->wait, false, question, answer, sizeof(answer)) == 0 &&
	       (answer[0] == 'y' || answer[0] == 'Y');
}

static bool preview(struct zi_boot *b, enum zi_rewind rewind)
{
	char text[1024], *save = NULL;
	int r = zi_import_preview(&b->wait.devices, &b->wait.decision, rewind, text,
				  sizeof(text));

	if (r < 0)
		return false;
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		zi_say(&b->console, "  %s", line);
	return true;
}

/* OpenZFS says first to which moment it would go back, and how much would be lost. */
static bool rewind_pool(struct zi_boot *b)
{
	enum zi_rewind rewind = ZI_REWIND_NEAR;

	if (b->wait.decision.n == 0) {
		zi_say(&b->console,
		       "no device of the pool has been seen: nothing to rewind");
		return false;
	}
	zi_undo(b, ZI_UNDO_IMPORT);
	zi_say(&b->console, "looking for an earlier state of the pool");
	if (!preview(b, rewind)) {
		rewind = ZI_REWIND_FAR;
		zi_say(&b->console, "not among the last few; looking further back, which "
				    "takes time, since all of it is read");
		if (!preview(b, rewind)) {
			zi_say(&b->console, "OpenZFS finds none that it can import");
			return false;
		}
	}
	if (!confirm(b, "zlive: Rewind? What was written since is lost. (y/N): "))
		return false;
	b->rewind = rewind;
	return true;
}

/* True if the boot is to be tried again. */
static bool perform(struct zi_boot *b, enum item item)
{
	switch (item) {
	case AGAIN:
		return true;
	case CHOOSE:
		return zi_choose(b);
	case READ_ONLY:
		zi_undo(b, ZI_UNDO_IMPORT);
		b->options.read_only = true;
		return true;
	case REWIND:
		return rewind_pool(b);
	case SHELL:
		zi_rescue(&b->console, "tries again");
		return true;
	case REBOOT:
		leave(b, RB_AUTOBOOT);
		return false;
	case POWER_OFF:
		leave(b, RB_POWER_OFF);
		return false;
	case NO_COPY:
		if (b->stage == ZI_STAGE_COPY)
			b->options.mode = ZI_MODE_EPHEMERAL;
		return b->stage == ZI_STAGE_COPY;
	}
	return false;
}

void zi_menu(struct zi_boot *b, const struct zb_diag *why)
{
	char answer[16];
	bool awaited = why->error == ZB_ENODEV;
	int r;

	do {
		show(b, why);
		r = zi_wait_line(&b->wait, awaited,
				 "zlive: Number, then Enter [1]: ", answer,
				 sizeof(answer));
		if (r > 0)
			zi_say(&b->console, "the pool is there now");
		else if (r < 0)
			sleep(LATER); /* nobody can choose; what failed may pass */
		if (r != 0)
			return;
	} while (!perform(b, answer[0] ? (enum item)atoi(answer) : AGAIN));
}
