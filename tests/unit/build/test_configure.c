/* SPDX-License-Identifier: BSD-2-Clause */
/* A small tree goes through the overlay; what comes out is compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "cmd/build/configure.h"

struct fixture {
	struct saved_list out;
	struct tree_sink sink;
	struct build_options o;
	struct zh_seed seed;
	struct zb_diag diag;
};

static int on_entry(void *ctx, const struct zw_entry *e, struct zb_diag *diag)
{
	struct fixture *f = ctx;
	void *data = NULL;

	if (S_ISREG(e->mode))
		assert_int_equal(saved_content(e, &data, diag), 0);
	return saved_add(&f->out, e->path, e, data, data ? (size_t)e->size : 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->sink = (struct tree_sink){ .ctx = f, .entry = on_entry };
	*state = f;
	return zh_seed_init(&f->seed, "test", &f->diag);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	saved_list_done(&f->out);
	free(f);
	return 0;
}

static const struct {
	const char *path, *text; /* no text: a folder */
	uint32_t mode;
} tree[] = {
	{ "", NULL, 0755 },
	{ "etc", NULL, 0755 },
	{ "etc/group", "root:x:0:\nsudo:x:27:\n", 0644 },
	{ "etc/hostname", "buildhost\n", 0644 },
	{ "etc/hosts", "127.0.0.1\tlocalhost\n127.0.1.1\tbuildhost\n", 0644 },
	{ "etc/passwd", "root:x:0:0:root:/root:/bin/bash\n", 0644 },
	{ "etc/shadow", "root:*:19000:0:99999:7:::\n", 0640 },
	{ "etc/skel", NULL, 0755 },
	{ "etc/skel/.profile", "# profile\n", 0644 },
	{ "usr/bin/bash", "bash", 0755 },
	{ "usr/share/zoneinfo/Europe/Berlin", "TZif2", 0644 },
};

static int run(struct fixture *f)
{
	struct overlay *o = overlay_create(&f->sink, 1700000000);
	const struct configure c = { &f->o, &f->seed, 1700000000, o, &f->sink };
	int r = configure_before(&c, &f->diag);

	for (size_t i = 0; r >= 0 && i < sizeof(tree) / sizeof(tree[0]); i++) {
		struct saved s = { .path = (char *)tree[i].path,
				   .data = (char *)tree[i].text,
				   .len = tree[i].text ? strlen(tree[i].text) : 0,
				   .mode = tree[i].mode |
					   (tree[i].text ? S_IFREG : S_IFDIR) };

		r = saved_send(&s, overlay_sink(o), &f->diag);
	}
	if (r >= 0)
		r = configure_after(&c, &f->diag);
	if (r >= 0)
		r = overlay_finish(o, &f->diag);
	overlay_destroy(o);
	return r;
}

static const struct saved *find(struct fixture *f, const char *path)
{
	const struct saved *found = NULL;

	for (size_t i = 0; i < f->out.n; i++)
		if (strcmp(f->out.list[i].path, path) == 0) {
			assert_null(found); /* comes once */
			found = &f->out.list[i];
		}
	return found;
}

static void text_is(struct fixture *f, const char *path, const char *want)
{
	const struct saved *s = find(f, path);

	if (!s)
		fail_msg("no %s", path);
	assert_int_equal(s->len, strlen(want));
	assert_memory_equal(s->data, want, s->len);
}

static void without_options_only_the_hostid_is_new(void **state)
{
	struct fixture *f = *state;
	uint8_t id[4];

	assert_int_equal(run(f), 0);
	assert_int_equal(f->out.n, sizeof(tree) / sizeof(tree[0]) + 1);
	zb_store32(id, ZB_LE, zh_seed_hostid(&f->seed));
	assert_int_equal(find(f, "etc/hostid")->len, 4);
	assert_memory_equal(find(f, "etc/hostid")->data, id, 4);
	text_is(f, "etc/passwd", "root:x:0:0:root:/root:/bin/bash\n");
}

static void the_host_name_is_everywhere(void **state)
{
	struct fixture *f = *state;

	f->o.hostname = "pocket";
	assert_int_equal(run(f), 0);
	text_is(f, "etc/hostname", "pocket\n");
	text_is(f, "etc/hosts", "127.0.0.1\tlocalhost\n127.0.1.1\tpocket\n");
}

static void the_time_zone_must_be_in_the_tree(void **state)
{
	struct fixture *f = *state;

	f->o.timezone = "Europe/Berlin";
	assert_int_equal(run(f), 0);
	assert_string_equal(find(f, "etc/localtime")->target,
			    "/usr/share/zoneinfo/Europe/Berlin");
	text_is(f, "etc/timezone", "Europe/Berlin\n");
	saved_list_done(&f->out);
	f->o.timezone = "Europe/Atlantis";
	assert_int_equal(run(f), ZB_ENOENT);
	assert_string_equal(f->diag.object, "usr/share/zoneinfo/Europe/Atlantis");
}

static void a_locale_is_set(void **state)
{
	struct fixture *f = *state;

	f->o.locale = "de_DE.UTF-8";
	assert_int_equal(run(f), 0);
	text_is(f, "etc/locale.conf", "LANG=de_DE.UTF-8\n");
}

static void a_user_gets_account_home_and_sudo(void **state)
{
	struct fixture *f = *state;
	const struct saved *home;

	f->o.user = "ann";
	f->o.password_hash = "$y$hash";
	assert_int_equal(run(f), 0);
	text_is(f, "etc/passwd",
		"root:x:0:0:root:/root:/bin/bash\n"
		"ann:x:1000:1000::/home/ann:/bin/bash\n");
	text_is(f, "etc/group", "root:x:0:\nsudo:x:27:ann\nann:x:1000:\n");
	text_is(f, "etc/shadow",
		"root:*:19000:0:99999:7:::\nann:$y$hash:19675:0:99999:7:::\n");
	assert_int_equal(find(f, "etc/shadow")->mode, S_IFREG | 0640);
	home = find(f, "home/ann");
	assert_non_null(home);
	assert_int_equal(home->mode, S_IFDIR | 0700);
	assert_int_equal(home->uid, 1000);
	text_is(f, "home/ann/.profile", "# profile\n");
	assert_int_equal(find(f, "home/ann/.profile")->uid, 1000);
	assert_int_equal(find(f, "etc/skel/.profile")->uid, 0);
	assert_null(find(f, "etc/sudoers.d/zlive"));
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void a_key_makes_authorized_keys_and_a_sudo_rule(void **state)
{
	struct fixture *f = *state;
	char path[] = "/tmp/zlive-test-key-XXXXXX";

	close(mkstemp(path));
	write_file(path, "ssh-ed25519 AAAA ann@desk");
	f->o.user = "ann";
	f->o.ssh_keys.at[f->o.ssh_keys.n++] = path;
	assert_int_equal(run(f), 0);
	text_is(f, "home/ann/.ssh/authorized_keys", "ssh-ed25519 AAAA ann@desk\n");
	assert_int_equal(find(f, "home/ann/.ssh/authorized_keys")->mode, S_IFREG | 0600);
	text_is(f, "etc/sudoers.d/zlive", "ann ALL=(ALL:ALL) NOPASSWD: ALL\n");
	assert_int_equal(find(f, "etc/sudoers.d/zlive")->mode, S_IFREG | 0440);
	saved_list_done(&f->out);
	write_file(path, "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n");
	assert_int_equal(run(f), ZB_EINVAL);
	unlink(path);
}

static void a_password_file_is_hashed_with_the_seed(void **state)
{
	struct fixture *f = *state;
	char path[] = "/tmp/zlive-test-pw-XXXXXX", *first;

	close(mkstemp(path));
	write_file(path, "secret\nsecond line\n");
	f->o.user = "ann";
	f->o.password_file = path;
	assert_int_equal(run(f), 0);
	first = strndup(find(f, "etc/shadow")->data, find(f, "etc/shadow")->len);
	assert_non_null(strstr(first, "\nann:$y$"));
	saved_list_done(&f->out);
	assert_int_equal(run(f), 0);
	text_is(f, "etc/shadow", first);
	free(first);
	unlink(path);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(without_options_only_the_hostid_is_new),
		T(the_host_name_is_everywhere),
		T(the_time_zone_must_be_in_the_tree),
		T(a_locale_is_set),
		T(a_user_gets_account_home_and_sudo),
		T(a_key_makes_authorized_keys_and_a_sudo_rule),
		T(a_password_file_is_hashed_with_the_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
