/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include "cmd/cmd.h"
#include "cmd/mount/mount.h"

static const char help[] =
	"Usage: zlive mount [-f] [-d DEVICE|IMAGE|DIRECTORY]... [-o OPTION[,OPTION...]]...\n"
	"                   [DATASET[@SNAPSHOT]] MOUNTPOINT\n"
	"Mount a ZFS pool without ZFS, for reading only: the dataset with all those below it, or\n"
	"the whole pool if none is named. Unmount it with umount or fusermount3 -u.\n"
	"\n" LOOK_HELP_DEVICE
	"  -f, --foreground   stay in the foreground until it is unmounted\n"
	"  -o, --options OPT  options of FUSE, as allow_other\n" LOOK_HELP_POOL
		LOOK_HELP_HELP;

struct options {
	struct look_options look;
	bool foreground;
	char *fuse; /* of all -o, joined by commas; NULL: none */
	const char *dataset;
	const char *mountpoint;
};

/* ---- messages ---- */

#define TELL_SECONDS 60
#define TELL_LIMIT   60 /* messages in that time: a bad disk must not fill a log */

static void tell(struct mnt *m, int priority, const char *text)
{
	if (m->daemon)
		syslog(priority, "%s", text);
	else
		fprintf(stderr, "zlive: %s\n", text);
}

static void tell_fault(struct mnt *m, const struct zb_diag *diag)
{
	int64_t now = (int64_t)time(NULL);
	char text[600];

	if (now - m->told_since >= TELL_SECONDS) {
		m->told_since = now;
		m->told = 0;
	}
	if (m->told++ > TELL_LIMIT)
		return;
	zb_diag_text(diag, text, sizeof(text));
	tell(m, LOG_ERR, m->told > TELL_LIMIT ? "more faults are not told" : text);
}

int mnt_fail(struct mnt *m, int error, const struct zb_diag *diag)
{
	tell_fault(m, diag);
	switch (error) {
	case ZB_ENOMEM:
	case ZB_ENOTDIR:
	case ZB_EISDIR:
	case ZB_EINVAL:
	case ZB_ENAMETOOLONG:
	case ZB_EKEY:
		return error;
	default:
		return -EIO;
	}
}

/* ---- into the background ---- */

/*
 * The process that was started waits until the other has mounted or told why not, and ends with
 * that status. Returns the end of the pipe to say so, or -1 in the process that was started.
 */
static int start_background(int *ret_status)
{
	char status = CMD_FAILED;
	int ends[2];
	pid_t pid;

	*ret_status = CMD_FAILED;
	if (pipe2(ends, O_CLOEXEC) || (pid = fork()) < 0) {
		fprintf(stderr, "zlive: cannot go into the background: %s\n",
			strerror(errno));
		return -1;
	}
	if (pid == 0) {
		close(ends[0]);
		return ends[1];
	}
	close(ends[1]);
	while (read(ends[0], &status, 1) < 0 && errno == EINTR)
		;
	*ret_status = status;
	return -1;
}

static int go_background(struct mnt *m, int ready, struct zb_diag *diag)
{
	const char done = CMD_DONE;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || chdir("/"))
		return zb_fail(diag, ZB_EIO, null < 0 ? "/dev/null" : "/",
			       ZB_DIAG_NO_OFFSET, "%s", strerror(errno));
	openlog("zlive", LOG_PID, LOG_DAEMON);
	m->daemon = true;
	setsid();
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close(null);
	if (write(ready, &done, 1) != 1)
		return zb_fail(diag, ZB_EIO, NULL, ZB_DIAG_NO_OFFSET,
			       "the process that started this is gone");
	close(ready);
	return 0;
}

/* ---- the mount ---- */

static bool has_option(const char *options, const char *name)
{
	size_t len = strlen(name);

	while (options && *options) {
		size_t n = strcspn(options, ",");

		if (n == len && memcmp(options, name, len) == 0)
			return true;
		options += n + (options[n] == ',');
	}
	return false;
}

static int fail_memory(struct zb_diag *diag)
{
	return zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "out of memory");
}

/*
 * Whoever mounts can read the device anyway, so their own mount refuses nothing; one that others
 * see, too, keeps what modes and ACLs say.
 */
static int make_session(struct mnt *m, const struct options *o, const char *name,
			struct fuse_session **ret_se, struct zb_diag *diag)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	char *text = NULL;
	int n;

	m->checks = has_option(o->fuse, "allow_other") ||
		    has_option(o->fuse, "default_permissions");
	n = asprintf(&text, "ro,subtype=zlive,fsname=%s%s%s%s", name,
		     m->checks ? ",default_permissions" : "", o->fuse ? "," : "",
		     o->fuse ? o->fuse : "");
	if (n < 0)
		return fail_memory(diag);
	if (fuse_opt_add_arg(&args, "zlive mount") || fuse_opt_add_arg(&args, "-o") ||
	    fuse_opt_add_arg(&args, text))
		n = -1;
	free(text);
	*ret_se = n < 0 ? NULL : fuse_session_new(&args, &mnt_ops, sizeof(mnt_ops), m);
	fuse_opt_free_args(&args);
	if (n < 0)
		return fail_memory(diag);
	/* What it did not like, libfuse has told. */
	return *ret_se ? 0
		       : zb_fail(diag, ZB_EINVAL, o->fuse, ZB_DIAG_NO_OFFSET,
				 "these mount options are not known");
}

/*
 * Answers until the mount's end, or a signal, on which the session's handlers have set that it
 * ends. libfuse's own loop misses a signal that comes just before it waits for the next request:
 * so they only come while ppoll() waits.
 */
static int answer(struct fuse_session *se)
{
	struct pollfd p = { .fd = fuse_session_fd(se), .events = POLLIN };
	struct fuse_buf buf = { 0 };
	sigset_t ends, waiting;
	int r = 1;

	sigemptyset(&ends);
	sigaddset(&ends, SIGHUP);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	/* What can be read may be taken back before it is. */
	if (fcntl(p.fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	pthread_sigmask(SIG_BLOCK, &ends, &waiting);
	while (r != 0 && !fuse_session_exited(se)) {
		if (ppoll(&p, 1, NULL, &waiting) < 0) {
			if (errno == EINTR)
				continue;
			r = -errno;
			break;
		}
		r = fuse_session_receive_buf(se, &buf);
		if (r > 0)
			fuse_session_process_buf(se, &buf);
		else if (r < 0 && r != -EINTR && r != -EAGAIN)
			break;
	}
	pthread_sigmask(SIG_SETMASK, &waiting, NULL);
	free(buf.mem);
	return r < 0 && r != -EINTR && r != -EAGAIN ? r : 0;
}

static int serve(struct mnt *m, struct fuse_session *se, const char *mountpoint,
		 int ready, struct zb_diag *diag)
{
	int error = 0, r;

	if (fuse_set_signal_handlers(se))
		return zb_fail(diag, ZB_EIO, NULL, ZB_DIAG_NO_OFFSET,
			       "signals cannot be handled");
	if (fuse_session_mount(se, mountpoint))
		error = zb_fail(diag, ZB_EIO, mountpoint, ZB_DIAG_NO_OFFSET,
				"cannot be mounted on");
	if (!error && ready >= 0)
		error = go_background(m, ready, diag);
	if (!error) {
		r = answer(se);
		if (r < 0)
			error = zb_fail(diag, ZB_EIO, mountpoint, ZB_DIAG_NO_OFFSET, "%s",
					strerror(-r));
	}
	fuse_session_unmount(se);
	fuse_remove_signal_handlers(se);
	return error;
}

static int mount_pool(struct look *look, const struct options *o, int ready,
		      struct zb_diag *diag)
{
	struct mnt *m = calloc(1, sizeof(*m));
	struct fuse_session *se = NULL;
	struct look_target target = { 0 };
	char *mountpoint = realpath(o->mountpoint, NULL);
	char name[ZR_NAME_MAX], head[ZR_NAME_MAX];
	struct look_pool *pool;
	int error = 0;

	if (!mountpoint)
		error = zb_fail(diag, ZB_ENOENT, o->mountpoint, ZB_DIAG_NO_OFFSET, "%s",
				strerror(errno));
	else if (!m)
		error = fail_memory(diag);
	if (!error && o->dataset)
		error = look_target_parse(o->dataset, &target, diag);
	if (!error && target.path)
		error = zb_fail(diag, ZB_EINVAL, o->dataset, ZB_DIAG_NO_OFFSET,
				"a dataset is mounted, not a path in it");
	if (!error)
		error = look_target_pool(look, &target, o->look.guid, &pool, diag);
	if (!error) {
		pthread_mutex_init(&m->lock, NULL);
		m->pool = pool->pool;
		snprintf(name, sizeof(name), "%s",
			 target.dataset[0] ? target.dataset : pool->name);
		/* The keys are the datasets', not the snapshots'; what stays locked is shown so. */
		snprintf(head, sizeof(head), "%.*s", (int)strcspn(name, "@"), name);
		error = look_unlock_tree(look, pool->pool, head, diag);
		if (!error)
			error = mnt_sets_init(m, name, diag);
		if (!error)
			error = make_session(m, o, name, &se, diag);
		if (!error)
			error = mnt_ahead_init(m, diag);
		if (!error)
			error = serve(m, se, mountpoint, ready, diag);
		if (se)
			fuse_session_destroy(se);
		mnt_ahead_done(m);
		mnt_sets_done(m);
		pthread_mutex_destroy(&m->lock);
	}
	free(mountpoint);
	free(m);
	return error;
}

static int run(const struct options *o)
{
	struct zb_diag diag;
	struct look look;
	int ready = -1, status, error;

	/* Before any thread is made, since only one survives a fork. */
	if (!o->foreground) {
		ready = start_background(&status);
		if (ready < 0)
			return status;
	}
	error = look_init(&look, &o->look, &diag);
	if (!error) {
		error = mount_pool(&look, o, ready, &diag);
		look_done(&look);
	}
	return error ? cmd_fail(&diag) : CMD_DONE;
}

static int add_option(struct options *o, const char *text)
{
	char *joined;

	if (asprintf(&joined, "%s%s%s", o->fuse ? o->fuse : "", o->fuse ? "," : "",
		     text) < 0)
		return ZB_ENOMEM;
	free(o->fuse);
	o->fuse = joined;
	return 0;
}

static int parse(int argc, char **argv, struct options *o, int *ret_status)
{
	static const struct option own[] = {
		{ "foreground", no_argument, NULL, 'f' },
		{ "options", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	static const struct look_getopt spec = { "mount", help, "fo:", own,
						 LOOK_OPT_POOL };
	int c;

	while ((c = look_getopt(&spec, argc, argv, &o->look)) >= 0) {
		if (c == 'f')
			o->foreground = true;
		else if (add_option(o, optarg))
			abort();
	}
	*ret_status = CMD_USAGE;
	if (c == LOOK_GETOPT_EXIT) {
		*ret_status = o->look.status;
		return -1;
	}
	if (argc - optind < 1) {
		cmd_usage_error("mount", "a MOUNTPOINT is missing");
		return -1;
	}
	if (argc - optind > 2) {
		cmd_usage_error("mount",
				"one DATASET and one MOUNTPOINT, but '%s' follows",
				argv[optind + 2]);
		return -1;
	}
	o->dataset = argc - optind == 2 ? argv[optind] : NULL;
	o->mountpoint = argv[argc - 1];
	return 0;
}

int cmd_mount(int argc, char **argv)
{
	struct options o = { 0 };
	int status;

	if (parse(argc, argv, &o, &status) == 0)
		status = run(&o);
	free(o.fuse);
	return status;
}
