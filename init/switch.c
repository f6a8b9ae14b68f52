/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "init/switch.h"

static const struct {
	const char *path, *type, *options;
	unsigned long flags;
} kernel_files[] = {
	{ "/proc", "proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "/sys", "sysfs", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "/dev", "devtmpfs", "mode=0755", MS_NOSUID },
	{ "/run", "tmpfs", "mode=0755", MS_NOSUID | MS_NODEV },
};
#define N_KERNEL_FILES (sizeof(kernel_files) / sizeof(kernel_files[0]))

int zi_mount_kernel_files(struct zb_diag *diag)
{
	for (size_t i = 0; i < N_KERNEL_FILES; i++) {
		const char *path = kernel_files[i].path;

		mkdir(path, 0755);
		if (mount(kernel_files[i].type, path, kernel_files[i].type,
			  kernel_files[i].flags, kernel_files[i].options) < 0 &&
		    errno != EBUSY)
			return zb_fail(diag, -errno, path, ZB_DIAG_NO_OFFSET,
				       "cannot mount %s: %s", kernel_files[i].type,
				       strerror(errno));
	}
	return 0;
}

/* True if path, its symbolic links followed within /sysroot, is a program. */
static bool is_program(const char *path)
{
	/* openat2() and its resolve flags are younger than some C libraries. */
	struct {
		uint64_t flags, mode, resolve;
	} how = { .flags = O_PATH | O_CLOEXEC, .resolve = 0x10 /* RESOLVE_IN_ROOT */ };
	int root = open("/sysroot", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	bool ok = false;
	int fd;

	if (root < 0)
		return false;
	fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	if (fd >= 0) {
		ok = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 0111;
		close(fd);
	}
	close(root);
	return ok;
}

int zi_switch_find_init(const char *wanted, char *buf, size_t size, struct zb_diag *diag)
{
	static const char *const usual[] = { "/sbin/init",
					     "/usr/lib/systemd/systemd",
					     "/lib/systemd/systemd",
					     "/etc/init",
					     "/bin/init",
					     "/bin/sh" };

	if (wanted[0]) {
		if (!is_program(wanted))
			return zb_fail(diag, ZB_ENOENT, wanted, ZB_DIAG_NO_OFFSET,
				       "init= names no program in the root dataset");
		snprintf(buf, size, "%s", wanted);
		return 0;
	}
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (is_program(usual[i])) {
			snprintf(buf, size, "%s", usual[i]);
			return 0;
		}
	return zb_fail(diag, ZB_ENOENT, "/sbin/init", ZB_DIAG_NO_OFFSET,
		       "the root dataset has no init, nor /bin/sh");
}

/* Everything below dir that is on the ramdisk itself; takes the descriptor. */
static void delete_content(int dir, dev_t dev)
{
	DIR *d = fdopendir(dir);
	struct dirent *entry;
	struct stat st;

	if (!d) {
		close(dir);
		return;
	}
	while ((entry = readdir(d))) {
		bool folder;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    st.st_dev != dev)
			continue;
		folder = S_ISDIR(st.st_mode);
		if (folder) {
			int fd = openat(dirfd(d), entry->d_name,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

			if (fd >= 0)
				delete_content(fd, dev);
		}
		unlinkat(dirfd(d), entry->d_name, folder ? AT_REMOVEDIR : 0);
	}
	closedir(d);
}

/* Its memory comes back only so. Never anything but a ramdisk, whatever is wrong. */
static void delete_ramdisk(void)
{
	struct statfs fs;
	struct stat st;
	int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return;
	if (fstatfs(root, &fs) < 0 || fstat(root, &st) < 0 ||
	    (fs.f_type != RAMFS_MAGIC && fs.f_type != TMPFS_MAGIC)) {
		close(root);
		return;
	}
	delete_content(root, st.st_dev);
}

int zi_switch_root(const char *init, char **argv, struct zb_diag *diag)
{
	char program[PATH_MAX];

	for (size_t i = 0; i < N_KERNEL_FILES; i++) {
		char to[64];

		snprintf(to, sizeof(to), "/sysroot%s", kernel_files[i].path);
		mkdir(to, 0755);
		if (mount(kernel_files[i].path, to, NULL, MS_MOVE, NULL) < 0)
			return zb_fail(diag, -errno, to, ZB_DIAG_NO_OFFSET,
				       "cannot move %s there: %s", kernel_files[i].path,
				       strerror(errno));
	}
	if (chdir("/sysroot") < 0)
		return zb_fail(diag, -errno, "/sysroot", ZB_DIAG_NO_OFFSET, "%s",
			       strerror(errno));
	snprintf(program, sizeof(program), "%s", init);
	delete_ramdisk();
	if (mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
		return zb_fail(diag, -errno, "/sysroot", ZB_DIAG_NO_OFFSET,
			       "cannot make it the root: %s", strerror(errno));
	argv[0] = program;
	execv(program, argv);
	return zb_fail(diag, -errno, program, ZB_DIAG_NO_OFFSET, "cannot start it: %s",
		       strerror(errno));
}
