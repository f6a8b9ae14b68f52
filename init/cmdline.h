/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_CMDLINE_H
#define ZLIVE_INIT_CMDLINE_H

#include <stdbool.h>
#include "base/diag.h"

enum zi_mode {
	ZI_MODE_PERSISTENT,
	ZI_MODE_EPHEMERAL,
	ZI_MODE_TORAM,
};

enum zi_bus {
	ZI_BUS_UNKNOWN,
	ZI_BUS_USB,
	ZI_BUS_OTHER,
};

/* The kernel command line as far as /init reads it; zlive-init(7) explains each. */
struct zi_options {
	uint64_t pool; /* zlive.pool: GUID; 0 if not given */
	uint64_t vdev; /* zlive.vdev: the one that was booted from; 0 if not given */
	uint64_t txg;  /* zlive.txg: of its newest uberblock then; 0 if not given */
	/* Of the disk that was booted from; of some firmware not known. */
	enum zi_bus bus; /* zlive.bus */
	uint64_t size;	 /* zlive.size: bytes; 0 if not given */
	uint64_t
		copies; /* zlive.copies: disks that the loader could not tell from it, and it */
	char part[40];	/* zlive.part: GPT partition GUID, lower case; or empty */
	char root[256]; /* the dataset of root=ZFS=; empty: the pool's bootfs */
	char init[256]; /* init=; empty: the usual ones */
	char stop[16];	/* break=: drivers, import, mount, init; or empty */
	uint64_t wait;	/* zlive.wait: seconds until the shell; 0: for ever */
	uint64_t degraded_wait;
	enum zi_mode mode;
	bool read_only; /* zlive.ro */
	bool debug;
	bool keep_loglevel; /* loglevel=, debug, ignore_loglevel */
};

/*
 * Always fills *ret_options; a value that makes no sense leaves its default and is ZB_EINVAL,
 * with the first of them in diag.
 */
ZB_MUST_CHECK int zi_cmdline_parse(const char *text, struct zi_options *ret_options,
				   struct zb_diag *diag);

/* All words that tell the disk that was booted from: as if the loader had said none of them. */
void zi_cmdline_forget_disk(struct zi_options *o);

/*
 * The next word of a command line, quotes taken off as the kernel does it, into buf; words
 * that are too long are passed over. NULL at the end, else where to go on.
 */
const char *zi_cmdline_word(const char *text, char *buf, size_t size);

#endif
