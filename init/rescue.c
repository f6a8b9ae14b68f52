/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "init/rescue.h"

static void shell(const struct zi_console *c, unsigned int i)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	zi_console_take(c, i);
	setenv("PS1", "(zlive) # ", 1);
	/* The applets' names, for scripts and for people who type them with a path. */
	(void)!system("busybox --install -s /usr/bin 2>/dev/null");
	execlp("busybox", "sh", "-i", NULL);
	execl("/bin/sh", "sh", "-i", NULL);
	_exit(127);
}

static void start_shells(const struct zi_console *c, pid_t pids[ZI_CONSOLES])
{
	unsigned int n = c->n ? c->n : 1;

	for (unsigned int i = 0; i < ZI_CONSOLES; i++)
		pids[i] = 0;
	for (unsigned int i = 0; i < n; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			shell(c, i);
	}
}

/* True if pid was one of the shells. */
static bool is_shell(const pid_t pids[ZI_CONSOLES], pid_t pid)
{
	for (unsigned int i = 0; i < ZI_CONSOLES; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

void zi_rescue(struct zi_console *c, const char *leaving)
{
	pid_t pids[ZI_CONSOLES], pid;

	zi_say(c, "a rescue shell; 'exit' %s, 'reboot -f' restarts the machine", leaving);
	start_shells(c, pids);
	do {
		pid = waitpid(-1, NULL, 0);
	} while (!(pid > 0 && is_shell(pids, pid)) && !(pid < 0 && errno == ECHILD));
	for (unsigned int i = 0; i < ZI_CONSOLES; i++)
		if (pids[i] > 0 && pids[i] != pid) {
			kill(-pids[i], SIGKILL);
			kill(pids[i], SIGKILL);
			waitpid(pids[i], NULL, 0);
		}
	zi_console_close(c);
	zi_console_open(c);
}
