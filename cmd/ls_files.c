/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "cmd/ace_text.h"
#include "cmd/cmd.h"
#include "cmd/dirlist.h"
#include "cmd/ls.h"
#include "fmt/zpl.h"

#define TARGET_SIZE 65536

struct listing {
	struct ls *ls;
	struct zr_fs *fs;
	struct zb_diag *diag;
	struct dirlist_seen seen;
	char *target; /* TARGET_SIZE, of a symbolic link */
};

static const char *type_name(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "directory";
	case S_IFLNK:
		return "symlink";
	case S_IFCHR:
		return "char";
	case S_IFBLK:
		return "block";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	default:
		return "unknown";
	}
}

static void mode_text(uint32_t mode, char text[11])
{
	static const char types[16] = "?pc?d?b?-?l?s???";

	text[0] = types[mode >> 12 & 15];
	for (unsigned int i = 0; i < 9; i++)
		text[1 + i] = mode & 0400U >> i ? "rwxrwxrwx"[i] : '-';
	if (mode & S_ISUID)
		text[3] = mode & S_IXUSR ? 's' : 'S';
	if (mode & S_ISGID)
		text[6] = mode & S_IXGRP ? 's' : 'S';
	if (mode & S_ISVTX)
		text[9] = mode & S_IXOTH ? 't' : 'T';
	text[10] = '\0';
}

/* ZPL_RDEV on Linux is the kernel's own dev_t: the major number above 20 bits of minor. */
static unsigned int rdev_major(uint64_t rdev)
{
	return (unsigned int)(rdev >> 20 & 0xfff);
}

static unsigned int rdev_minor(uint64_t rdev)
{
	return (unsigned int)(rdev & 0xfffff);
}

static bool is_device(uint32_t mode)
{
	return S_ISCHR(mode) || S_ISBLK(mode);
}

static int read_target(struct listing *l, const struct zr_stat *st)
{
	if (!S_ISLNK(st->mode))
		return ZB_ENOENT;
	return zr_fs_readlink(l->fs, st->object, l->target, TARGET_SIZE, l->diag);
}

static void print_text(struct listing *l, const char *name, const struct zr_stat *st)
{
	time_t t = (time_t)st->mtime.sec;
	char mode[11], when[32] = "?", size[32];
	struct tm tm;

	if (l->ls->details) {
		mode_text(st->mode, mode);
		if (localtime_r(&t, &tm))
			strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
		if (is_device(st->mode))
			snprintf(size, sizeof(size), "%u, %u", rdev_major(st->rdev),
				 rdev_minor(st->rdev));
		else
			snprintf(size, sizeof(size), "%llu",
				 (unsigned long long)st->size);
		printf("%s %3llu %5llu %5llu %12s %s ", mode,
		       (unsigned long long)st->links, (unsigned long long)st->uid,
		       (unsigned long long)st->gid, size, when);
	}
	look_print_name(stdout, name);
	if (l->ls->details && read_target(l, st) == 0) {
		printf(" -> ");
		look_print_name(stdout, l->target);
	}
	putchar('\n');
}

static void json_time(struct json_object *obj, const char *key, const struct zr_time *t)
{
	struct json_object *pair = json_object_new_array();

	json_object_array_add(pair, json_object_new_int64(t->sec));
	json_object_array_add(pair, json_object_new_int64(t->nsec));
	json_object_object_add(obj, key, pair);
}

static int json_xattr(void *ctx, const char *name, struct zb_span value)
{
	look_json_hex(ctx, name, value);
	return 0;
}

static int json_acl(void *ctx, const struct zf_ace *aces, unsigned int n, bool trivial)
{
	struct json_object *list;
	char entry[ACE_TEXT_SIZE];

	if (trivial)
		return 0;
	list = json_object_new_array();
	for (unsigned int i = 0; i < n; i++) {
		(void)!ace_text(&aces[i], entry);
		json_object_array_add(list, json_object_new_string(entry));
	}
	json_object_object_add(ctx, "acl", list);
	return 0;
}

static int print_json(struct listing *l, const char *path, const struct zr_stat *st)
{
	struct json_object *obj = json_object_new_object(),
			   *xattrs = json_object_new_object();
	int error;

	look_json_name(obj, "path", path);
	look_json_name(obj, "type", type_name(st->mode));
	look_json_u64(obj, "object", st->object);
	look_json_u64(obj, "mode", st->mode);
	look_json_u64(obj, "uid", st->uid);
	look_json_u64(obj, "gid", st->gid);
	look_json_u64(obj, "size", st->size);
	look_json_u64(obj, "links", st->links);
	if (is_device(st->mode)) {
		look_json_u64(obj, "rdev_major", rdev_major(st->rdev));
		look_json_u64(obj, "rdev_minor", rdev_minor(st->rdev));
	}
	json_time(obj, "atime", &st->atime);
	json_time(obj, "mtime", &st->mtime);
	json_time(obj, "ctime", &st->ctime);
	json_time(obj, "crtime", &st->crtime);
	look_json_u64(obj, "gen", st->gen);
	look_json_u64(obj, "parent", st->parent);
	look_json_u64(obj, "flags", st->flags);
	error = S_ISLNK(st->mode) ? read_target(l, st) : 0;
	if (!error && S_ISLNK(st->mode))
		look_json_name(obj, "target", l->target);
	if (!error)
		error = zr_fs_xattrs(l->fs, st->object, json_xattr, xattrs, l->diag);
	json_object_object_add(obj, "xattrs", xattrs);
	if (!error && !(st->flags & ZF_PFLAG_ACL_TRIVIAL))
		error = zr_fs_acl(l->fs, st->object, json_acl, obj, l->diag);
	if (error)
		look_json_name(obj, "error", l->diag->reason);
	ls_json(l->ls, obj);
	return error;
}

/* Prints one; a fault in it is told and the listing goes on. */
static void print_one(struct listing *l, const char *path, const char *name,
		      const struct zr_stat *st)
{
	if (!l->ls->json) {
		print_text(l, name, st);
	} else if (print_json(l, path, st)) {
		cmd_fail(l->diag);
		l->ls->failed = true;
	}
}

static char *join(const char *dir, const char *name)
{
	char *path;

	if (asprintf(&path, "%s%s%s", dir, *dir && dir[strlen(dir) - 1] != '/' ? "/" : "",
		     name) < 0)
		abort();
	return path;
}

static int list_directory(struct listing *l, const char *path, uint64_t object,
			  unsigned int depth);

static void fail_entry(struct listing *l)
{
	cmd_fail(l->diag);
	l->ls->failed = true;
}

/* JSON is flat, each directory before what is in it; text lists a directory, then the next. */
static void list_entries(struct listing *l, const char *path, const struct dirlist *names,
			 bool print, bool descend, unsigned int depth)
{
	struct zr_stat st;
	char *full;

	for (size_t i = 0; i < names->n; i++) {
		if (zr_fs_stat(l->fs, names->at[i].object, &st, l->diag)) {
			if (print)
				fail_entry(l);
			continue;
		}
		full = join(path, dirlist_name(names, i));
		if (print)
			print_one(l, full, dirlist_name(names, i), &st);
		if (descend && S_ISDIR(st.mode) &&
		    list_directory(l, full, st.object, depth))
			fail_entry(l);
		free(full);
	}
}

static int list_directory(struct listing *l, const char *path, uint64_t object,
			  unsigned int depth)
{
	struct dirlist names;
	int error;

	if (!dirlist_seen_add(&l->seen, object))
		return zb_fail(l->diag, ZB_ECORRUPT, path, ZB_DIAG_NO_OFFSET,
			       "the directory is in two places");
	if (depth > DIRLIST_MAX_DEPTH)
		return zb_fail(l->diag, ZB_ELOOP, path, ZB_DIAG_NO_OFFSET,
			       "directories are nested too deeply");
	error = dirlist_read(&names, l->fs, object, l->diag);
	if (error) {
		dirlist_done(&names);
		return error;
	}
	dirlist_sort_names(&names);
	if (l->ls->json) {
		list_entries(l, path, &names, true, l->ls->recursive, depth + 1);
	} else {
		if (l->ls->recursive) {
			printf("%s", depth ? "\n" : "");
			look_print_name(stdout, *path ? path : "/");
			printf(":\n");
		}
		list_entries(l, path, &names, true, false, depth + 1);
		if (l->ls->recursive)
			list_entries(l, path, &names, false, true, depth + 1);
	}
	dirlist_done(&names);
	return 0;
}

int ls_files(struct ls *ls, struct zr_fs *fs, const char *path, struct zb_diag *diag)
{
	struct listing l = { .ls = ls, .fs = fs, .diag = diag };
	struct zr_stat st;
	int error = zr_fs_lookup(fs, path, !ls->details && !ls->json, &st, diag);

	if (error)
		return error;
	l.target = malloc(TARGET_SIZE);
	if (!l.target)
		return zb_fail(diag, ZB_ENOMEM, path, ZB_DIAG_NO_OFFSET, "out of memory");
	if (!S_ISDIR(st.mode)) {
		print_one(&l, path, path, &st);
	} else {
		/* In JSON the directory itself is the first entry. */
		if (ls->json)
			print_one(&l, path, path, &st);
		error = list_directory(&l, path, st.object, 0);
	}
	free(l.target);
	dirlist_seen_done(&l.seen);
	return error;
}
