/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "init/drivers.h"
#include "init/file.h"
#include "init/memcopy.h"
#include "init/toram.h"

struct answer {
	int result;
	struct zb_diag diag;
	char name[ZI_MAX_MEMBERS][ZI_LOOP_NAME];
};

/* In the kernel or in the ramdisk; if it is in neither, the first loop device will say so. */
static void load_loop(void)
{
	struct zb_diag diag;
	pid_t pid;

	if (zi_drivers_start_module("loop", &pid, &diag) == 0)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
}

/* A child, as for labels: what a medium holds can harm no more than it. */
static int ask_child(struct answer *a, const struct zi_console *c,
		     const struct zi_devices *d, const struct zi_decision *decision,
		     bool whole)
{
	int p[2], status;
	bool told;
	pid_t pid;

	if (pipe(p) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		close(p[0]);
		a->result = zi_memcopy(c, d, decision, whole, a->name, &a->diag);
		_exit(zi_file_put(p[1], a, sizeof(*a)) ? 0 : 1);
	}
	close(p[1]);
	told = pid > 0 && zi_file_get(p[0], a, sizeof(*a));
	close(p[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return told ? 0 : ZB_EIO;
}

static int take(struct zi_toram *ram, const struct answer *a,
		const struct zi_decision *decision)
{
	ram->devices.at = calloc(decision->n, sizeof(*ram->devices.at));
	if (!ram->devices.at)
		return ZB_ENOMEM;
	ram->devices.n = ram->devices.room = decision->n;
	ram->decision = *decision;
	for (unsigned int i = 0; i < decision->n; i++) {
		strcpy(ram->devices.at[i].name, a->name[i]);
		ram->decision.member[i] = i;
	}
	return 0;
}

int zi_toram_copy(struct zi_toram *ram, const struct zi_console *c,
		  const struct zi_devices *d, const struct zi_decision *decision,
		  bool whole, struct zb_diag *diag)
{
	struct answer *a = calloc(1, sizeof(*a));
	int r;

	zi_toram_drop(ram);
	if (!a)
		return zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "no memory");
	load_loop();
	r = ask_child(a, c, d, decision, whole);
	if (r < 0)
		zb_fail(diag, r, decision->pool_name, ZB_DIAG_NO_OFFSET,
			"the process that copies it into memory has died");
	else if (a->result < 0)
		*diag = a->diag;
	else
		r = take(ram, a, decision);
	if (r == 0)
		r = a->result;
	free(a);
	return r;
}

void zi_toram_drop(struct zi_toram *ram)
{
	for (unsigned int i = 0; i < ram->devices.n; i++)
		zi_loop_detach(ram->devices.at[i].name);
	free(ram->devices.at);
	memset(ram, 0, sizeof(*ram));
}
