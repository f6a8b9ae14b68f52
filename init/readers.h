/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_READERS_H
#define ZLIVE_INIT_READERS_H

#include <sys/types.h>
#include "init/label.h"

#define ZI_MAX_READERS 64 /* they wait for their disks */

/*
 * A child that reads labels: a dying disk blocks only that, and labels made to attack reach no
 * process that does anything else. One that has found nothing on its disk has met nothing
 * that could harm it, and takes the next disk; one that has found something does not.
 */
struct zi_reader {
	pid_t pid;
	int fd;	    /* readable when it has something to tell */
	bool spent; /* it has found something */
};

/* Those that have nothing to do. All zero: none. */
struct zi_readers {
	struct zi_reader idle[ZI_MAX_READERS];
	unsigned int n;
};

/* Kills them all. */
void zi_readers_done(struct zi_readers *r);

/* Has /dev/NAME read, by one of those or by a new one. */
ZB_MUST_CHECK int zi_reader_start(struct zi_readers *r, const char *name,
				  struct zi_reader *ret_reader);

/*
 * What it has to tell, once its fd is readable. ZB_EAGAIN: it has found something, which it reads
 * now. Else the result of zi_label_read(), with the label on the heap if that is 0; the reader
 * is given back.
 */
ZB_MUST_CHECK int zi_reader_take(struct zi_readers *r, struct zi_reader *reader,
				 const char *name, struct zi_label **ret_label,
				 struct zb_diag *diag);

/* Gives up what it reads. */
void zi_reader_stop(struct zi_reader *reader);

#endif
