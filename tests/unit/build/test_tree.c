/* SPDX-License-Identifier: BSD-2-Clause */
/* Both sources of root trees against what GNU tar and the kernel made; the sink writes text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "cmd/build/tree.h"

struct record {
	char text[1 << 16];
	size_t len;
	/* Appended to this file while it is being read. */
	const char *disturb;
	unsigned int home; /* volume() tells home/ apart */
};

struct fixture {
	char dir[64];
	struct record rec;
	struct zb_diag diag;
};

static void note(struct record *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	r->len += (size_t)vsnprintf(r->text + r->len, sizeof(r->text) - r->len, fmt, ap);
	va_end(ap);
	assert_true(r->len < sizeof(r->text));
}

static int note_content(struct record *r, const struct zw_entry *e, struct zb_diag *diag)
{
	uint64_t sum = 0, bytes = 0, offset, end = 0;
	const void *buf;
	size_t len;
	int got;

	while ((got = e->data(e->data_ctx, &buf, &len, &offset, diag)) > 0) {
		assert_true(offset >= end && len > 0);
		for (size_t i = 0; i < len; i++)
			sum += ((const uint8_t *)buf)[i] * (offset + i + 1);
		bytes += len;
		end = offset + len;
		if (r->disturb) {
			int fd = open(r->disturb, O_WRONLY | O_APPEND);

			assert_int_equal(write(fd, "x", 1), 1);
			close(fd);
			r->disturb = NULL;
		}
	}
	assert_true(end <= e->size);
	note(r, " sum=%llu", (unsigned long long)sum);
	if (bytes < e->size)
		note(r, " holes");
	return got;
}

static int on_entry(void *ctx, const struct zw_entry *e, struct zb_diag *diag)
{
	struct record *r = ctx;
	int err = 0;

	note(r, "/%s %o %u:%u", e->path, e->mode, e->uid, e->gid);
	if (S_ISCHR(e->mode) || S_ISBLK(e->mode))
		note(r, " dev=%u,%u", e->rdev_major, e->rdev_minor);
	if (!S_ISDIR(e->mode))
		note(r, " size=%llu", (unsigned long long)e->size);
	note(r, " mtime=%lld.%09u", (long long)e->mtime.sec, e->mtime.nsec);
	if (e->target)
		note(r, " -> %s", e->target);
	for (unsigned int i = 0; i < e->n_xattrs; i++) {
		note(r, " %s=", e->xattrs[i].name);
		for (size_t b = 0; b < e->xattrs[i].len; b++)
			note(r, "%02x", ((const uint8_t *)e->xattrs[i].value)[b]);
	}
	if (e->data)
		err = note_content(r, e, diag);
	note(r, "\n");
	return err;
}

static int on_link(void *ctx, const char *path, const char *target, struct zb_diag *diag)
{
	note(ctx, "/%s == /%s\n", path, target);
	return 0;
}

static unsigned int volume(void *ctx, const char *path)
{
	return strncmp(path, "home/", 5) == 0;
}

static int walk(struct fixture *f)
{
	struct tree_sink sink = { .ctx = &f->rec, .entry = on_entry, .link = on_link };

	if (f->rec.home)
		sink.volume = volume;
	return tree_dir_walk(f->dir, &sink, NULL, &f->diag);
}

static int untar(struct fixture *f, const char *path)
{
	struct tree_sink sink = { .ctx = &f->rec, .entry = on_entry, .link = on_link };

	if (f->rec.home)
		sink.volume = volume;
	return tree_tar_read(path, &sink, NULL, NULL, NULL, &f->diag);
}

/* A shell command in the tree. */
static void sh(struct fixture *f, const char *fmt, ...)
{
	char cmd[1024];
	int n = snprintf(cmd, sizeof(cmd), "set -e; umask 022; cd %s; ", f->dir);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd + n, sizeof(cmd) - (size_t)n, fmt, ap);
	va_end(ap);
	assert_int_equal(system(cmd), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/zlive-test-tree-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char cmd[256];

	snprintf(cmd, sizeof(cmd), "rm -rf %s %s.tar*", f->dir, f->dir);
	free(f);
	return system(cmd);
}

static bool has(struct fixture *f, const char *want)
{
	if (strstr(f->rec.text, want))
		return true;
	print_error("no '%s' in:\n%s", want, f->rec.text);
	return false;
}

static void make_tree(struct fixture *f)
{
	sh(f,
	   "mkdir b a a/deep; printf hello >a/file; ln a/file b/twin; ln -s ../x a/sym;"
	   "mkfifo b/pipe; truncate -s 3M b/sparse; printf end >>b/sparse;"
	   "head -c 2500000 /dev/zero | tr '\\0' q >b/big; chmod 4755 a/file; chmod 700 a;"
	   "touch -h -d @1700000000.123456789 a/* b/* a b .");
}

static void a_directory_comes_whole_and_sorted(void **state)
{
	struct fixture *f = *state;
	char want[1024];

	make_tree(f);
	assert_int_equal(walk(f), 0);
	snprintf(want, sizeof(want),
		 "/ 40700 %1$u:%2$u mtime=1700000000.123456789\n"
		 "/a 40700 %1$u:%2$u mtime=1700000000.123456789\n"
		 "/a/deep 40755 %1$u:%2$u mtime=1700000000.123456789\n"
		 "/a/file 104755 %1$u:%2$u size=5 mtime=1700000000.123456789 sum=1617\n"
		 "/a/sym 120777 %1$u:%2$u size=4 mtime=1700000000.123456789 -> ../x\n"
		 "/b 40755 %1$u:%2$u mtime=1700000000.123456789\n"
		 "/b/big ",
		 getuid(), getgid());
	assert_memory_equal(f->rec.text, want, strlen(want));
	assert_true(has(f, "/b/pipe 10644"));
	assert_true(has(f, "/b/twin == /a/file\n"));
	/* e, n, d at 3 MiB and on: 101 * 3145729 + 110 * 3145730 + 100 * 3145731 */
	assert_true(
		has(f, "size=3145731 mtime=1700000000.123456789 sum=978322029 holes\n"));
}

static void a_tar_gives_the_same_as_the_directory(void **state)
{
	static const char *const filters[] = { "cat", "gzip -1", "xz -0", "zstd -q" };
	struct fixture *f = *state;
	struct record dir;
	char path[128];

	make_tree(f);
	assert_int_equal(walk(f), 0);
	dir = f->rec;
	for (size_t i = 0; i < 4; i++) {
		memset(&f->rec, 0, sizeof(f->rec));
		sh(f,
		   "tar --format=posix --numeric-owner --sort=name --sparse -c . | %s >%s.tar",
		   filters[i], f->dir);
		snprintf(path, sizeof(path), "%s.tar", f->dir);
		assert_int_equal(untar(f, path), 0);
		assert_string_equal(f->rec.text, dir.text);
	}
}

static void xattrs_and_acls_are_the_same_from_both(void **state)
{
	struct fixture *f = *state;
	struct record dir;
	char path[128];

	sh(f,
	   "mkdir d; echo x >d/f; setfattr -n user.b -v two d/f; setfattr -n user.a -v one d/f;"
	   "setfacl -m u:1234:rw,g:99:r,m::rw d/f; setfacl -d -m u:77777:rwx d; echo y >d/plain");
	assert_int_equal(walk(f), 0);
	assert_true(has(f, " user.a=6f6e65 user.b=74776f"));
	assert_true(has(f, "system.posix_acl_access=02000000"
			   "01000600ffffffff02000600d2040000"
			   "04000400ffffffff0800040063000000"
			   "10000600ffffffff20000400ffffffff"));
	assert_true(has(f, "system.posix_acl_default=02000000"));
	dir = f->rec;
	memset(&f->rec, 0, sizeof(f->rec));
	sh(f,
	   "tar --format=posix --numeric-owner --sort=name --xattrs --acls -cf %s.tar .",
	   f->dir);
	snprintf(path, sizeof(path), "%s.tar", f->dir);
	assert_int_equal(untar(f, path), 0);
	assert_string_equal(f->rec.text, dir.text);
}

/* GNU tar writes the names that the machine has for ids; the tree's own decide. */
static void names_in_acls_are_those_of_the_tree(void **state)
{
	struct fixture *f = *state;
	char path[128];

	sh(f,
	   "mkdir etc; echo x >f; setfacl -m u:daemon:r f;"
	   "printf 'root:x:0:0::/:/bin/sh\\ndaemon:x:4711:1::/:/bin/sh\\n' >etc/passwd;"
	   "tar --format=posix --acls -cf %s.tar etc f; echo >etc/passwd;"
	   "tar --format=posix --acls -cf %s.tar.2 etc f",
	   f->dir, f->dir);
	snprintf(path, sizeof(path), "%s.tar", f->dir);
	assert_int_equal(untar(f, path), 0);
	assert_true(has(f, "0200040067120000"));
	snprintf(path, sizeof(path), "%s.tar.2", f->dir);
	assert_int_equal(untar(f, path), ZB_ENOENT);
	assert_non_null(strstr(f->diag.reason, "daemon"));
}

static void a_file_that_changes_is_noticed(void **state)
{
	struct fixture *f = *state;
	char path[128];

	sh(f, "echo content >file");
	snprintf(path, sizeof(path), "%s/file", f->dir);
	f->rec.disturb = path;
	assert_int_equal(walk(f), ZB_EAGAIN);
	assert_non_null(strstr(f->diag.reason, "/file: changed while it was read"));
}

static void a_missing_directory_is_named(void **state)
{
	struct fixture *f = *state;

	strcpy(f->dir + strlen(f->dir) - 1, "!");
	assert_int_equal(walk(f), ZB_ENOENT);
	assert_string_equal(f->diag.object, f->dir);
}

static void links_across_datasets_become_files(void **state)
{
	struct fixture *f = *state;

	sh(f,
	   "mkdir etc home; echo x >etc/one; ln etc/one etc/two; ln etc/one home/three;"
	   "ln etc/one home/four");
	f->rec.home = 1;
	assert_int_equal(walk(f), 0);
	assert_true(has(f, "/etc/two == /etc/one\n"));
	assert_true(has(f, "/home/four 100644"));
	assert_true(has(f, "/home/three == /home/four\n"));
}

static void a_tar_with_such_links_is_refused(void **state)
{
	struct fixture *f = *state;
	char path[128];

	sh(f,
	   "mkdir etc home; echo x >etc/one; ln etc/one home/two; tar -cf %s.tar etc home",
	   f->dir);
	snprintf(path, sizeof(path), "%s.tar", f->dir);
	f->rec.home = 1;
	assert_int_equal(untar(f, path), ZB_ENOTSUP);
}

static void a_cut_tar_is_refused_wherever_it_is_cut(void **state)
{
	struct fixture *f = *state;
	char path[128];

	sh(f,
	   "mkdir a; echo x >a/one; echo y >a/two; head -c 3000 /dev/zero >a/z;"
	   "tar -b1 --sort=name -cf %s.tar .",
	   f->dir);
	snprintf(path, sizeof(path), "%s.tar.cut", f->dir);
	/* 5 headers, 1 + 1 + 6 blocks of content, 2 of zeros: 15 blocks in all */
	for (unsigned int cut = 0; cut < 14 * 512; cut += 256) {
		memset(&f->rec, 0, sizeof(f->rec));
		sh(f, "head -c %u %s.tar >%s", cut, f->dir, path);
		if (untar(f, path) != ZB_ECORRUPT)
			fail_msg("a tar cut at %u was accepted", cut);
	}
	memset(&f->rec, 0, sizeof(f->rec));
	sh(f, "cp %s.tar %s", f->dir, path);
	assert_int_equal(untar(f, path), 0);
}

static void a_path_that_climbs_is_refused(void **state)
{
	struct fixture *f = *state;
	char path[128];

	sh(f, "echo x >one; tar --transform 's,one,a/../../one,' -P -cf %s.tar one",
	   f->dir);
	snprintf(path, sizeof(path), "%s.tar", f->dir);
	assert_int_equal(untar(f, path), ZB_ECORRUPT);
}

static void what_is_no_tar_is_refused(void **state)
{
	struct fixture *f = *state;
	char path[128];

	sh(f, "head -c 10000 /dev/zero | tr '\\0' x >%s.tar", f->dir);
	snprintf(path, sizeof(path), "%s.tar", f->dir);
	assert_int_equal(untar(f, path), ZB_ECORRUPT);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_directory_comes_whole_and_sorted),
		T(a_tar_gives_the_same_as_the_directory),
		T(xattrs_and_acls_are_the_same_from_both),
		T(names_in_acls_are_those_of_the_tree),
		T(a_file_that_changes_is_noticed),
		T(a_missing_directory_is_named),
		T(links_across_datasets_become_files),
		T(a_tar_with_such_links_is_refused),
		T(a_cut_tar_is_refused_wherever_it_is_cut),
		T(a_path_that_climbs_is_refused),
		T(what_is_no_tar_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
