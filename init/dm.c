/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include "init/dm.h"

#define CONTROL "/dev/mapper/control"

/* What an ioctl takes and gives: a header, and behind it a table of one line, or a message. */
struct request {
	struct dm_ioctl header;
	union {
		struct {
			struct dm_target_spec spec;
			char parameters[256];
		} target;
		struct {
			uint64_t sector;
			char text[128];
		} message;
	};
};

static void start(struct request *r, const char *name, unsigned int flags)
{
	memset(r, 0, sizeof(*r));
	/* What multipath in bio mode needs is older than any kernel that OpenZFS 2.1 runs on. */
	r->header.version[0] = DM_VERSION_MAJOR;
	r->header.data_size = sizeof(*r);
	r->header.data_start = sizeof(r->header);
	r->header.flags = flags;
	snprintf(r->header.name, sizeof(r->header.name), "%s", name);
}

static int call(int control, unsigned long command, struct request *r, const char *what,
		struct zb_diag *diag)
{
	if (ioctl(control, command, r) == 0)
		return 0;
	return zb_fail(diag, -errno, r->header.name, ZB_DIAG_NO_OFFSET, "%s: %s", what,
		       strerror(errno));
}

int zi_dm_open(int *ret_control, struct zb_diag *diag)
{
	int fd = open(CONTROL, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return zb_fail(diag, -errno, CONTROL, ZB_DIAG_NO_OFFSET, "%s",
			       strerror(errno));
	*ret_control = fd;
	return 0;
}

int zi_dm_create(int control, const char *name, unsigned int *ret_number,
		 struct zb_diag *diag)
{
	struct request r;
	int error;

	start(&r, name, 0);
	error = call(control, DM_DEV_CREATE, &r, "cannot make a device", diag);
	if (error == 0)
		*ret_number = minor(r.header.dev);
	return error;
}

int zi_dm_lead(int control, const char *name, const struct zi_dm_target *target,
	       struct zb_diag *diag)
{
	struct request r;
	int error;

	start(&r, name, target->read_only ? DM_READONLY_FLAG : 0);
	r.header.target_count = 1;
	r.target.spec.length = target->sectors;
	r.target.spec.next = sizeof(r.target);
	strcpy(r.target.spec.target_type, "multipath");
	/* Bios, not requests: those cannot be led to a partition. */
	snprintf(r.target.parameters, sizeof(r.target.parameters),
		 "%s queue_mode bio 0 1 1 round-robin 0 1 1 %u:%u 1",
		 target->waits ? "3 queue_if_no_path" : "2", target->major,
		 target->minor);
	error = call(control, DM_TABLE_LOAD, &r, "cannot lead it to a device", diag);
	if (error)
		return error;
	/* Suspends, changes the tables, resumes. Neither waits for what waits in the device. */
	start(&r, name, DM_NOFLUSH_FLAG | DM_SKIP_LOCKFS_FLAG);
	return call(control, DM_DEV_SUSPEND, &r, "cannot lead it to a device", diag);
}

int zi_dm_message(int control, const char *name, const char *message,
		  struct zb_diag *diag)
{
	struct request r;

	start(&r, name, 0);
	snprintf(r.message.text, sizeof(r.message.text), "%s", message);
	return call(control, DM_TARGET_MSG, &r, message, diag);
}

int zi_dm_remove(int control, const char *name, struct zb_diag *diag)
{
	struct request r;

	start(&r, name, 0);
	return call(control, DM_DEV_REMOVE, &r, "cannot remove the device", diag);
}
