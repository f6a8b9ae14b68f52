/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "init/blockdev.h"
#include "init/complete.h"

#define LIMIT 15 /* seconds */

static bool open_pool(const struct zi_devices *d, const struct zi_decision *decision)
{
	static struct zr_dev devs[ZI_MAX_MEMBERS];
	static const struct zr_dev *list[ZI_MAX_MEMBERS];
	static int fds[ZI_MAX_MEMBERS];
	struct zr_pool *pool;
	struct zb_diag diag;
	unsigned int n = 0;

	for (unsigned int i = 0; i < decision->n; i++) {
		const char *name = d->at[decision->member[i]].name;

		if (zi_blockdev_open(name, &fds[n], &devs[n], &diag) < 0)
			continue;
		list[n] = &devs[n];
		n++;
	}
	return zr_pool_open(&zi_blockdev_host, list, n, decision->guid, &pool, &diag) ==
	       0;
}

bool zi_complete(const struct zi_devices *d, const struct zi_decision *decision)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		alarm(LIMIT);
		_exit(open_pool(d, decision) ? 0 : 1);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}
