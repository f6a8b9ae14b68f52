/* SPDX-License-Identifier: BSD-2-Clause */
/* The package as a .deb, judged by dpkg-deb, and laid over a tree, judged by dpkg-query. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "cmd/deb/package.h"

#define MANIFEST                                                                         \
	"# a comment\n"                                                                  \
	"file     0755 /usr/sbin/tool            tool\n"                                 \
	"conffile 0644 /etc/tool/conf            conf\n"                                 \
	"link     0777 /etc/systemd/system/x.service /dev/null\n"                        \
	"control  0755 postinst                  postinst\n"                             \
	"control  0644 triggers                  triggers\n"

static const struct {
	const char *name, *text;
} parts[] = {
	{ "./manifest", MANIFEST },
	{ "./tool", "#!/bin/sh\n" },
	{ "./conf", "a=b\n" },
	{ "./postinst", "#!/bin/sh\nexit 0\n" },
	{ "./triggers",
	  "# x\ninterest-noawait update-initramfs\ninterest /usr/sbin/zpool\n" },
};

struct fixture {
	uint8_t share[1 << 16];
	size_t share_len;
	struct package p;
	char dir[64];
	struct zb_diag diag;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct archive *a = archive_write_new();

	archive_write_set_format_ustar(a);
	archive_write_open_memory(a, f->share, sizeof(f->share), &f->share_len);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct archive_entry *ae = archive_entry_new();

		archive_entry_set_pathname(ae, parts[i].name);
		archive_entry_set_mode(ae, S_IFREG | 0644);
		archive_entry_set_size(ae, (la_int64_t)strlen(parts[i].text));
		archive_write_header(a, ae);
		archive_write_data(a, parts[i].text, strlen(parts[i].text));
		archive_entry_free(ae);
	}
	archive_write_close(a);
	archive_write_free(a);
	strcpy(f->dir, "/tmp/zlive-test-deb-XXXXXX");
	*state = f;
	return mkdtemp(f->dir) ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "rm -rf %s", f->dir);
	package_done(&f->p);
	free(f);
	return system(cmd);
}

static int load(struct fixture *f)
{
	return package_load(&f->p, zb_span(f->share, f->share_len), zb_span("program", 7),
			    1700000000, &f->diag);
}

static void output_of(struct fixture *f, char *out, size_t size, const char *fmt, ...)
{
	char cmd[512], all[640];
	va_list ap;
	FILE *p;
	size_t n;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	snprintf(all, sizeof(all), "cd %s && { %s; } 2>&1", f->dir, cmd);
	p = popen(all, "r");
	assert_non_null(p);
	n = fread(out, 1, size - 1, p);
	out[n] = '\0';
	if (pclose(p) != 0)
		fail_msg("%s: %s", cmd, out);
}

static void write_file(struct fixture *f, const char *name, const void *data, size_t len)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	fclose(file);
}

static void has(const char *text, const char *want)
{
	if (!strstr(text, want))
		fail_msg("no '%s' in:\n%s", want, text);
}

static void dpkg_deb_takes_it(void **state)
{
	struct fixture *f = *state;
	struct text deb = { 0 };
	char out[8192];

	assert_int_equal(load(f), 0);
	assert_int_equal(package_write(&f->p, &deb, &f->diag), 0);
	write_file(f, "x.deb", deb.buf, deb.len);
	text_done(&deb);
	output_of(f, out, sizeof(out), "dpkg-deb -f x.deb");
	has(out, "Package: zlive\n");
	has(out, "Version: " ZLIVE_VERSION "\n");
	has(out, "Provides: linux-initramfs-tool\n");
	has(out, "busybox-static");
	output_of(f, out, sizeof(out), "dpkg-deb -c x.deb");
	has(out, "drwxr-xr-x root/root         0 2023-11-14");
	has(out, "./usr/sbin/tool\n");
	has(out, "./etc/systemd/system/x.service -> /dev/null\n");
	has(out, "-rwxr-xr-x root/root         7 2023-11-14");
	output_of(f, out, sizeof(out),
		  "dpkg-deb -R x.deb t && cat t/DEBIAN/conffiles t/DEBIAN/triggers && "
		  "cd t && md5sum -c DEBIAN/md5sums && test -x DEBIAN/postinst");
	has(out, "/etc/tool/conf\n");
	has(out, "usr/bin/zlive: OK\n");
	has(out, "interest /usr/sbin/zpool");
}

static void the_same_input_gives_the_same_deb(void **state)
{
	struct fixture *f = *state;
	struct text a = { 0 }, b = { 0 };

	assert_int_equal(load(f), 0);
	assert_int_equal(package_write(&f->p, &a, &f->diag), 0);
	assert_int_equal(package_write(&f->p, &b, &f->diag), 0);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.buf, b.buf, a.len);
	text_done(&a);
	text_done(&b);
}

static void the_placeholder_provides_and_needs_nothing(void **state)
{
	struct fixture *f = *state;
	struct text deb = { 0 };
	char out[4096];

	assert_int_equal(
		package_load(&f->p, zb_span(NULL, 0), zb_span(NULL, 0), 0, &f->diag), 0);
	assert_int_equal(package_write(&f->p, &deb, &f->diag), 0);
	write_file(f, "x.deb", deb.buf, deb.len);
	text_done(&deb);
	output_of(f, out, sizeof(out), "dpkg-deb -f x.deb");
	has(out, "Version: 0\n");
	has(out, "Provides: linux-initramfs-tool\n");
	assert_null(strstr(out, "Depends"));
}

/* A sink that writes regular files and links below the fixture's folder. */
static int unpack(void *ctx, const struct zw_entry *e, struct zb_diag *diag)
{
	struct fixture *f = ctx;
	char cmd[512];
	void *data;

	snprintf(cmd, sizeof(cmd), "cd %s && mkdir -p \"$(dirname root/%s)\"", f->dir,
		 e->path);
	assert_int_equal(system(cmd), 0);
	if (e->target)
		return 0;
	assert_int_equal(saved_content(e, &data, diag), 0);
	snprintf(cmd, sizeof(cmd), "root/%s", e->path);
	write_file(f, cmd, data, (size_t)e->size);
	free(data);
	return 0;
}

static void send(const struct tree_sink *sink, const char *path, const char *text)
{
	struct saved s = { .path = (char *)path,
			   .mode = S_IFREG | 0644,
			   .data = (char *)text,
			   .len = strlen(text) };
	struct zb_diag diag;

	assert_int_equal(saved_send(&s, sink, &diag), 0);
}

static void dpkg_query_finds_it_in_the_tree(void **state)
{
	struct fixture *f = *state;
	struct tree_sink next = { .ctx = f, .entry = unpack };
	struct overlay *o = overlay_create(&next, 1700000000);
	char out[8192];

	assert_int_equal(load(f), 0);
	assert_int_equal(package_overlay_before(&f->p, o, &f->diag), 0);
	send(overlay_sink(o), "var/lib/dpkg/status",
	     "Package: aa\nStatus: install ok installed\nMaintainer: x <x@y>\nArchitecture: all\n"
	     "Version: 1\nDescription: a\n\n"
	     "Package: zlive\nStatus: install ok installed\nMaintainer: x <x@y>\n"
	     "Architecture: all\nVersion: 0\nDescription: old\n\n"
	     "Package: zz\nStatus: install ok installed\nMaintainer: x <x@y>\nArchitecture: all\n"
	     "Version: 2\nDescription: z\n");
	send(overlay_sink(o), "var/lib/dpkg/triggers/File", "/a aa/noawait\n");
	assert_int_equal(package_overlay_after(&f->p, o, &f->diag), 0);
	assert_int_equal(overlay_finish(o, &f->diag), 0);
	overlay_destroy(o);
	output_of(f, out, sizeof(out),
		  "dpkg-query --admindir=root/var/lib/dpkg -W -f '${Package} ${Version} "
		  "${Status}\\n${Conffiles}\\n'");
	has(out, "aa 1 install ok installed\n");
	has(out, "zlive " ZLIVE_VERSION " install ok installed\n /etc/tool/conf ");
	has(out, "zz 2 install ok installed\n");
	assert_null(strstr(out, "zlive 0 "));
	output_of(f, out, sizeof(out),
		  "dpkg-query --admindir=root/var/lib/dpkg -L zlive; "
		  "cat root/var/lib/dpkg/triggers/File "
		  "root/var/lib/dpkg/triggers/update-initramfs");
	has(out, "/.\n/usr\n/usr/sbin\n/usr/sbin/tool\n/etc\n");
	has(out, "/a aa/noawait\n/usr/sbin/zpool zlive\nzlive/noawait\n");
}

static void a_manifest_that_names_no_file_is_refused(void **state)
{
	struct fixture *f = *state;
	char *at = NULL;

	for (size_t i = 0; i + 4 < f->share_len && !at; i++)
		if (memcmp(f->share + i, "conf\nlink", 9) == 0)
			at = (char *)f->share + i;
	assert_non_null(at);
	at[0] = 'k';
	assert_int_equal(load(f), ZB_ENOENT);
	has(f->diag.reason, "konf");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(dpkg_deb_takes_it),
		T(the_same_input_gives_the_same_deb),
		T(the_placeholder_provides_and_needs_nothing),
		T(dpkg_query_finds_it_in_the_tree),
		T(a_manifest_that_names_no_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
