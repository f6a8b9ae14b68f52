/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "cmd/run/kvm.h"

#define DISK_SIZE   (1 << 20)
#define EXIT_PORT   0xf4
#define EXIT_BYTE   0x10
/* QEMU's isa-debug-exit ends with the byte written, doubled, plus one. */
#define EXIT_STATUS (EXIT_BYTE << 1 | 1)
/* On working KVM it takes 0.3 s; where KVM itself was emulated, 4 s were seen. */
#define LIMIT_MS    2000
#define STEP_MS	    20

/* A disk in memory whose boot sector makes QEMU exit. */
static int disk_make(void)
{
	uint8_t sector[512] = {
		0xba, EXIT_PORT, 0x00, /* mov dx, EXIT_PORT */
		0xb0, EXIT_BYTE,       /* mov al, EXIT_BYTE */
		0xee,		       /* out dx, al */
		0xf4, 0xeb,	 0xfd, /* hlt; jmp to it */
	};
	int fd = memfd_create("zlive-kvm-probe", 0);

	sector[510] = 0x55;
	sector[511] = 0xaa;
	if (fd >= 0 && (ftruncate(fd, DISK_SIZE) < 0 ||
			write(fd, sector, sizeof(sector)) != sizeof(sector))) {
		close(fd);
		return -1;
	}
	return fd;
}

static pid_t probe_start(int disk)
{
	extern char **environ;
	char drive[64];
	char *const argv[] = { (char *)"qemu-system-x86_64",
			       (char *)"-accel",
			       (char *)"kvm",
			       (char *)"-machine",
			       (char *)"q35",
			       (char *)"-m",
			       (char *)"64",
			       (char *)"-nodefaults",
			       (char *)"-display",
			       (char *)"none",
			       (char *)"-no-reboot",
			       (char *)"-device",
			       (char *)"isa-debug-exit,iobase=0xf4,iosize=1",
			       (char *)"-drive",
			       drive,
			       NULL };
	posix_spawn_file_actions_t fa;
	pid_t pid = -1;

	snprintf(drive, sizeof(drive), "file=/dev/fd/%d,format=raw,if=virtio", disk);
	if (posix_spawn_file_actions_init(&fa) != 0)
		return -1;
	posix_spawn_file_actions_addopen(&fa, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&fa, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, argv[0], &fa, NULL, argv, environ) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&fa);
	return pid;
}

static bool probe_wait(pid_t pid)
{
	const struct timespec step = { 0, STEP_MS * 1000000L };
	int status;

	for (int ms = 0; ms < LIMIT_MS; ms += STEP_MS) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_STATUS;
		nanosleep(&step, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return false;
}

bool run_kvm_works(void)
{
	bool works = false;
	pid_t pid;
	int disk;

	if (access("/dev/kvm", R_OK | W_OK) != 0)
		return false;
	disk = disk_make();
	if (disk < 0)
		return false;
	pid = probe_start(disk);
	if (pid > 0)
		works = probe_wait(pid);
	close(disk);
	return works;
}
