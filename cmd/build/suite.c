/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "cmd/build/child.h"
#include "cmd/build/suite.h"
#include "cmd/deb/package.h"
#include "codec/checksum.h"

/*
 * A small system for a console: the kernel, ZFS with what compiles its module at
 * upgrades, a login, a network by DHCP, and what people miss first. The libraries are
 * those of zlive.
 */
static const char base_packages[] =
	"linux-image-amd64,linux-headers-amd64,dkms,zfsutils-linux,"
	"busybox-static,zstd,kmod,udev,dbus,systemd-sysv,libpam-systemd,login,passwd,sudo,"
	"systemd-resolved,systemd-timesyncd,iproute2,iputils-ping,openssh-server,"
	"locales,tzdata,console-setup,kbd,nano,less,procps,bash-completion,ca-certificates,"
	"curl,file,man-db,pciutils,usbutils,gdisk,dosfstools,"
	"libarchive13t64,libblkid1,libcrypt1,libelf1t64,libfdisk1,libjson-c5,libkmod2,"
	"liblz4-1,libssl3t64,libudev1,libzstd1,zlib1g";

#define COMPONENTS "main,contrib,non-free-firmware"

/*
 * At the end, in the tree ($1). The module is compiled once all that it takes is
 * configured: apt may configure zfs-dkms before the compiler, and then it fails. Keys of
 * the SSH server are made at the first start instead of being the same on all sticks; the
 * server runs only where a key for a user was given.
 */
static const char customize[] =
	"DEBIAN_FRONTEND=noninteractive chroot \"$1\" apt-get install --yes "
	"--no-install-recommends zfs-dkms zfs-zed\n"
	"rm -f \"$1\"/etc/ssh/ssh_host_* \"$1\"/etc/hostname \"$1\"/etc/resolv.conf\n"
	"chroot \"$1\" systemctl enable systemd-networkd systemd-resolved systemd-timesyncd\n"
	"chroot \"$1\" systemctl disable ssh.service ssh.socket\n";

/* The placeholder's deb goes in before anything asks for the tool that makes ramdisks. */
static const char essential[] = "chroot \"$1\" dpkg -i /tmp/zlive-placeholder.deb && "
				"rm \"$1\"/tmp/zlive-placeholder.deb";

struct suite {
	const struct build_options *o;
	const struct zh_interrupt *intr;
	struct zb_diag *diag;
	char *dir;     /* the cache */
	char *include; /* the packages */
	char *hook;    /* customize with the locale */
	char *deb;     /* the placeholder, in dir */
	char *part;    /* the tar while it is made */
	char *path;    /* the tar */
};

static int no_memory(struct suite *s)
{
	return zb_fail(s->diag, ZB_ENOMEM, s->o->suite, ZB_DIAG_NO_OFFSET, "no memory");
}

static int fail_errno(struct suite *s, const char *path, const char *what)
{
	int err = errno;

	return zb_fail(s->diag, -err, path, ZB_DIAG_NO_OFFSET, "%s: %s", what,
		       strerror(err));
}

static int mkdir_parents(const char *path)
{
	char *copy = strdup(path);
	int r = copy ? 0 : -1;

	for (char *p = copy ? copy + 1 : NULL; r == 0 && p && (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdir(copy, 0777) < 0 && errno != EEXIST)
			r = -1;
		*p = '/';
	}
	free(copy);
	if (r == 0 && mkdir(path, 0777) < 0 && errno != EEXIST)
		r = -1;
	return r;
}

static int cache_init(struct suite *s)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	int n;

	if (xdg && xdg[0] == '/')
		n = asprintf(&s->dir, "%s/zlive", xdg);
	else if (home && home[0] == '/')
		n = asprintf(&s->dir, "%s/.cache/zlive", home);
	else
		n = asprintf(&s->dir, "/var/cache/zlive");
	if (n < 0) {
		s->dir = NULL;
		return no_memory(s);
	}
	if (mkdir_parents(s->dir) < 0)
		return fail_errno(s, s->dir, "cannot make the folder for Debian's tree");
	return 0;
}

static int texts_init(struct suite *s)
{
	const struct build_options *o = s->o;
	struct text include = { 0 }, hook = { 0 };

	text_format(&include, "%s", base_packages);
	for (unsigned int i = 0; i < o->packages.n; i++)
		text_format(&include, ",%s", o->packages.at[i]);
	text_format(&hook, "set -e\n%s", customize);
	if (o->locale && strncmp(o->locale, "C.", 2) != 0)
		text_format(&hook,
			    "echo '%s UTF-8' >>\"$1\"/etc/locale.gen\n"
			    "chroot \"$1\" locale-gen\n",
			    o->locale);
	s->include = include.buf;
	s->hook = hook.buf;
	return include.failed || hook.failed ? no_memory(s) : 0;
}

/* A name that tells trees apart that mmdebstrap would make different. */
static int names_init(struct suite *s)
{
	struct zc_cksum sum;
	char *all, key[17];

	if (asprintf(&all, "%s\n%s\n%s\n%s\n%s\n%s", s->o->suite,
		     s->o->mirror ? s->o->mirror : "", COMPONENTS, s->include, s->hook,
		     essential) < 0)
		return no_memory(s);
	zc_sha256(zb_span(all, strlen(all)), &sum);
	free(all);
	snprintf(key, sizeof(key), "%016llx", (unsigned long long)sum.word[0]);
	if (asprintf(&s->path, "%s/%s-%s.tar.zst", s->dir, s->o->suite, key) < 0)
		s->path = NULL;
	if (asprintf(&s->part, "%s/part-%s-%s.tar.zst", s->dir, s->o->suite, key) < 0)
		s->part = NULL;
	if (asprintf(&s->deb, "%s/placeholder-%s.deb", s->dir, key) < 0)
		s->deb = NULL;
	return s->path && s->part && s->deb ? 0 : no_memory(s);
}

static int placeholder_write(struct suite *s)
{
	struct package p;
	struct text deb = { 0 };
	int r = package_load(&p, zb_span(NULL, 0), zb_span(NULL, 0), 0, s->diag);
	FILE *f;

	if (r >= 0)
		r = package_write(&p, &deb, s->diag);
	package_done(&p);
	if (r < 0)
		return r;
	f = fopen(s->deb, "we");
	if (!f || fwrite(deb.buf, 1, deb.len, f) != deb.len)
		r = fail_errno(s, s->deb, "cannot write");
	if (f && fclose(f) != 0 && r >= 0)
		r = fail_errno(s, s->deb, "cannot write");
	text_done(&deb);
	return r;
}

static int mmdebstrap_run(struct suite *s)
{
	char *include, *copy, *hook, *first;
	const char *argv[20];
	unsigned int n = 0;
	int r = ZB_ENOMEM;

	include = copy = hook = first = NULL;
	if (asprintf(&include, "--include=%s", s->include) < 0 ||
	    asprintf(&copy, "--essential-hook=upload %s /tmp/zlive-placeholder.deb",
		     s->deb) < 0 ||
	    asprintf(&first, "--essential-hook=%s", essential) < 0 ||
	    asprintf(&hook, "--customize-hook=%s", s->hook) < 0) {
		no_memory(s);
		goto out;
	}
	argv[n++] = "mmdebstrap";
	argv[n++] = "--mode=auto";
	argv[n++] = "--variant=apt";
	argv[n++] = "--components=" COMPONENTS;
	argv[n++] = "--aptopt=Apt::Install-Recommends \"0\"";
	argv[n++] = "--dpkgopt=path-exclude=/usr/share/doc/*/changelog*";
	if (s->o->quiet)
		argv[n++] = "--quiet";
	argv[n++] = include;
	argv[n++] = copy;
	argv[n++] = first;
	argv[n++] = hook;
	argv[n++] = s->o->suite;
	argv[n++] = s->part;
	if (s->o->mirror)
		argv[n++] = s->o->mirror;
	argv[n] = NULL;
	r = child_run(argv, s->intr, "Debian: mmdebstrap", s->diag);
out:
	free(include);
	free(copy);
	free(hook);
	free(first);
	return r;
}

static int make(struct suite *s)
{
	int r = placeholder_write(s);

	if (r < 0)
		return r;
	if (!s->o->quiet)
		fprintf(stderr,
			"zlive: fetching Debian %s with mmdebstrap; compiling its ZFS module "
			"takes some minutes.\n",
			s->o->suite);
	r = mmdebstrap_run(s);
	if (r >= 0 && rename(s->part, s->path) < 0)
		r = fail_errno(s, s->path, "cannot rename the finished tree");
	if (r < 0)
		unlink(s->part);
	unlink(s->deb);
	if (r >= 0 && !s->o->quiet)
		fprintf(stderr, "zlive: the tree is kept as %s\n", s->path);
	return r;
}

/* Says how old the tree is: its packages are those of that day. */
static void tell_age(struct suite *s, const struct stat *st)
{
	char day[32];
	struct tm tm;

	if (s->o->quiet || !localtime_r(&st->st_mtime, &tm))
		return;
	strftime(day, sizeof(day), "%Y-%m-%d %H:%M", &tm);
	fprintf(stderr,
		"zlive: Debian %s as fetched %s (--rebuild fetches it anew): %s\n",
		s->o->suite, day, s->path);
}

/* Two builds at once must not make the same tree: the second waits and finds it there. */
static int fetch_locked(struct suite *s)
{
	int r = 0, fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		r = fail_errno(s, s->dir, "cannot lock");
	else if (!s->o->rebuild && stat(s->path, &st) == 0)
		tell_age(s, &st);
	else
		r = make(s);
	if (fd >= 0)
		close(fd);
	return r;
}

int suite_fetch(const struct build_options *o, const struct zh_interrupt *intr,
		char **ret_path, struct zb_diag *diag)
{
	struct suite s = { .o = o, .intr = intr, .diag = diag };
	int r;

	if ((r = cache_init(&s)) >= 0 && (r = texts_init(&s)) >= 0 &&
	    (r = names_init(&s)) >= 0)
		r = fetch_locked(&s);
	if (r >= 0) {
		*ret_path = s.path;
		s.path = NULL;
	}
	free(s.dir);
	free(s.include);
	free(s.hook);
	free(s.deb);
	free(s.part);
	free(s.path);
	return r;
}

int suite_overlay(const struct build_options *o, struct overlay *overlay,
		  struct zb_diag *diag)
{
	static const char network[] = "# Any wired network: addresses by DHCP.\n"
				      "[Match]\n"
				      "Type=ether\n"
				      "Kind=!*\n"
				      "\n"
				      "[Network]\n"
				      "DHCP=yes\n";
	int r = overlay_file(overlay, "etc/systemd/network/80-wired.network", 0644,
			     network, sizeof(network) - 1);

	if (r >= 0)
		r = overlay_symlink(overlay, "etc/resolv.conf",
				    "../run/systemd/resolve/stub-resolv.conf");
	if (r >= 0 && o->ssh_keys.n > 0)
		r = overlay_symlink(
			overlay, "etc/systemd/system/multi-user.target.wants/ssh.service",
			"/usr/lib/systemd/system/ssh.service");
	if (r < 0)
		return zb_fail(diag, ZB_ENOMEM, o->suite, ZB_DIAG_NO_OFFSET, "no memory");
	return 0;
}
