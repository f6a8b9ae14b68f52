/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_BOOT_H
#define ZLIVE_INIT_BOOT_H

#include "init/import.h"
#include "init/toram.h"
#include "init/wait.h"

/* How far a boot has come; a failure is told in the words of its stage. */
enum zi_stage {
	ZI_STAGE_FIND,	 /* the pool's devices, and the zfs module */
	ZI_STAGE_COPY,	 /* the pool into memory */
	ZI_STAGE_IMPORT, /* the pool */
	ZI_STAGE_MOUNT,	 /* the root dataset and what belongs to it */
	ZI_STAGE_START,	 /* its init */
};

/* One boot, from the first device to the system's init. */
struct zi_boot {
	struct zi_console console;
	struct zi_options options; /* the menu changes them */
	struct zi_wait wait;
	struct zi_toram ram; /* of zlive.mode=toram */
	enum zi_stage stage;
	enum zi_access access;
	enum zi_rewind rewind;	/* what the next import may do */
	char pool[ZR_NAME_MAX]; /* as imported; empty: it is not */
	char root[ZR_NAME_MAX];
	pid_t watch_pid;   /* of init/watch.h; 0: nothing is watched */
	int watch_ready;   /* ends when it is there; -1: it is */
	char loglevel[16]; /* to be restored; empty: untouched */
};

#endif
