/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "init/file.h"
#include "init/loop.h"

static int open_loop(const char *name)
{
	char path[ZI_LOOP_NAME + 8];

	snprintf(path, sizeof(path), "/dev/%s", name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

int zi_loop_attach(int fd, char name[ZI_LOOP_NAME], struct zb_diag *diag)
{
	struct loop_config config = { .fd = (uint32_t)fd, .block_size = 512 };
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), number, loop, r = 0;

	if (control < 0)
		return zi_fail_errno(diag, "/dev/loop-control",
				     "this kernel or its ramdisk has no loop devices");
	number = ioctl(control, LOOP_CTL_GET_FREE);
	close(control);
	if (number < 0)
		return zi_fail_errno(diag, "/dev/loop-control", "no loop device is free");
	snprintf(name, ZI_LOOP_NAME, "loop%d", number);
	loop = open_loop(name);
	if (loop < 0)
		return zi_fail_errno(diag, name, "cannot open it");
	config.info.lo_flags = LO_FLAGS_READ_ONLY;
	strcpy((char *)config.info.lo_file_name, "zlive.mode=toram");
	if (ioctl(loop, LOOP_CONFIGURE, &config) < 0)
		r = zi_fail_errno(diag, name, "cannot make it a device of a file");
	close(loop);
	return r;
}

void zi_loop_detach(const char *name)
{
	int loop = open_loop(name);

	if (loop < 0)
		return;
	ioctl(loop, LOOP_CLR_FD);
	close(loop);
}
