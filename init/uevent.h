/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_UEVENT_H
#define ZLIVE_INIT_UEVENT_H

#include <stdbool.h>
#include "base/diag.h"

/*
 * A kernel event about a device. Format of the netlink message: "ACTION@DEVPATH", a 0 byte,
 * then "KEY=VALUE" strings, each with its 0 byte; a device's `uevent` file in sysfs has the
 * same keys, a line each. The strings point into the buffer that was parsed; NULL: absent.
 */
struct zi_uevent {
	const char *action;
	const char *devpath; /* below /sys */
	const char *subsystem;
	const char *modalias;
	const char *devname;   /* below /dev */
	const char *devtype;   /* of a block device: disk, partition */
	const char *dm_action; /* of the device mapper: PATH_FAILED, say */
};

/* Parses a message in place; buf has room for a 0 byte after len. False: none of the kernel's. */
bool zi_uevent_parse(char *buf, size_t len, struct zi_uevent *ret_event);

/* Parses the contents of a `uevent` file in place. */
void zi_uevent_parse_file(char *text, struct zi_uevent *ret_event);

/* A non-blocking socket that receives the kernel's events. */
ZB_MUST_CHECK int zi_uevent_open(int *ret_fd, struct zb_diag *diag);

/*
 * One event into buf. 1 if there was one, 0 if there is none yet, ZB_EAGAIN when events were
 * lost and the caller has to look at everything again.
 */
ZB_MUST_CHECK int zi_uevent_receive(int fd, char *buf, size_t size,
				    struct zi_uevent *ret_event);

#endif
