/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "fmt/enums.h"
#include "tests/support/small_pool.h"

struct fixture {
	struct small_pool pool;
	struct small_host host;
	struct zr_pool *open;
	struct zb_diag diag;
	char value[200];
	char source[ZR_NAME_MAX];
	char names[400];
};

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	small_pool_init(&f.pool);
	*state = &f;
	return small_pool_open(&f.pool, &f.host, &f.open, &f.diag);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	return small_pool_close(&f->pool, &f->host, f->open);
}

static int property(struct fixture *f, const char *name, const char *prop)
{
	struct zr_dataset *ds;
	int error = zr_dataset_open(f->open, name, &ds, &f->diag);

	if (error)
		return error;
	error = zr_dataset_property(ds, prop, f->value, sizeof(f->value), f->source,
				    &f->diag);
	zr_dataset_close(ds);
	return error;
}

static void expect(struct fixture *f, const char *name, const char *prop,
		   const char *value, const char *source)
{
	assert_int_equal(property(f, name, prop), 0);
	assert_string_equal(f->value, value);
	assert_string_equal(f->source, source);
}

static void properties_are_inherited_with_their_source(void **state)
{
	struct fixture *f = *state;

	expect(f, "small", "compression", "lz4", "small");
	expect(f, "small/ROOT/be", "compression", "lz4", "small");
	expect(f, "small/ROOT/be", "xattr", "dir", "small/ROOT/be");
	expect(f, "small/ROOT/clone", "xattr", "sa", "small");
	expect(f, "small/ROOT/be", "org.zfsbootmenu:commandline", "quiet ro", "small");
	expect(f, "small/ROOT/be", "recordsize", "131072", "default");
	expect(f, "small/ROOT/be", "atime", "off", "small");
}

static void what_does_not_inherit_stays_where_it_is_set(void **state)
{
	struct fixture *f = *state;

	expect(f, "small/ROOT/be", "canmount", "noauto", "small/ROOT/be");
	expect(f, "small/ROOT/clone", "canmount", "on", "default");
}

static void a_mount_point_is_a_path_none_or_extended(void **state)
{
	struct fixture *f = *state;

	expect(f, "small/ROOT/be", "mountpoint", "/t/small", "small/ROOT/be");
	expect(f, "small/ROOT/clone", "mountpoint", "none", "small");
}

static void what_was_fixed_at_creation_is_in_the_file_system(void **state)
{
	struct fixture *f = *state;

	expect(f, "small/ROOT/be", "version", "5", "small/ROOT/be");
	expect(f, "small/ROOT/be", "casesensitivity", "sensitive", "small/ROOT/be");
	expect(f, "small/ROOT/be", "normalization", "none", "small/ROOT/be");
}

static void an_unset_property_is_not_found(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(property(f, "small", "com.example:none"), ZB_ENOENT);
	assert_non_null(strstr(f->diag.reason, "com.example:none"));
}

static void a_value_that_does_not_fit_is_refused(void **state)
{
	struct fixture *f = *state;
	struct zr_dataset *ds;
	char small[8];

	assert_int_equal(zr_dataset_open(f->open, "small", &ds, &f->diag), 0);
	assert_int_equal(zr_dataset_property(ds, "org.zfsbootmenu:commandline", small,
					     sizeof(small), NULL, &f->diag),
			 ZB_ENAMETOOLONG);
	zr_dataset_close(ds);
}

static int add_name(void *ctx, const char *name)
{
	struct fixture *f = ctx;

	strcat(f->names, name);
	strcat(f->names, " ");
	return 0;
}

static void children_and_snapshots_come_sorted(void **state)
{
	struct fixture *f = *state;
	struct zr_dataset *ds;

	assert_int_equal(zr_dataset_open(f->open, "small", &ds, &f->diag), 0);
	assert_int_equal(zr_dataset_children(ds, add_name, f, &f->diag), 0);
	assert_string_equal(f->names, "ROOT secret vol ");
	zr_dataset_close(ds);
	f->names[0] = '\0';
	assert_int_equal(zr_dataset_open(f->open, "small/ROOT/be", &ds, &f->diag), 0);
	assert_int_equal(zr_dataset_snapshots(ds, add_name, f, &f->diag), 0);
	assert_int_equal(zr_dataset_children(ds, add_name, f, &f->diag), 0);
	assert_string_equal(f->names, "before ");
	zr_dataset_close(ds);
}

static void info(struct fixture *f, const char *name, struct zr_dataset_info *ret_info)
{
	struct zr_dataset *ds;

	assert_int_equal(zr_dataset_open(f->open, name, &ds, &f->diag), 0);
	assert_int_equal(zr_dataset_info(ds, ret_info, &f->diag), 0);
	zr_dataset_close(ds);
}

static void datasets_say_what_they_are(void **state)
{
	struct zr_dataset_info i;

	info(*state, "small/ROOT/be", &i);
	assert_int_equal(i.type, ZF_OST_ZFS);
	assert_false(i.is_snapshot || i.encrypted);
	assert_true(i.guid != 0 && i.creation_time > 0 && i.referenced > 0);
	info(*state, "small/ROOT/be@before", &i);
	assert_true(i.is_snapshot);
	info(*state, "small/vol", &i);
	assert_int_equal(i.type, ZF_OST_ZVOL);
	info(*state, "small/secret", &i);
	assert_true(i.encrypted);
	assert_int_equal(i.type, ZF_OST_ZFS);
}

static void names_that_lack_are_told(void **state)
{
	static const struct {
		const char *name, *told;
	} cases[] = {
		{ "other", "other" },
		{ "smal", "smal" },
		{ "", "" },
		{ "small/none/below", "small/none" },
		{ "small/ROOT/be@after", "small/ROOT/be@after" },
		{ "small/ROOT/be@", "small/ROOT/be@" },
		{ "small/", "small/" },
		{ "small/ROOT/be@before/x", "small/ROOT/be@before/x" },
	};
	struct fixture *f = *state;
	struct zr_dataset *ds;

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(zr_dataset_open(f->open, cases[i].name, &ds, &f->diag),
				 ZB_ENOENT);
		assert_string_equal(f->diag.object, cases[i].told);
	}
}

static void an_endless_name_is_refused(void **state)
{
	struct fixture *f = *state;
	struct zr_dataset *ds;
	char name[1000];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(zr_dataset_open(f->open, name, &ds, &f->diag), ZB_ENAMETOOLONG);
}

static int open_fs(struct fixture *f, const char *name)
{
	struct zr_dataset *ds;
	struct zr_fs *fs;
	int error;

	assert_int_equal(zr_dataset_open(f->open, name, &ds, &f->diag), 0);
	error = zr_fs_open(ds, &fs, &f->diag);
	zr_dataset_close(ds);
	if (!error)
		zr_fs_close(fs);
	return error;
}

static void what_is_no_readable_file_system_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(open_fs(f, "small/vol"), ZB_EINVAL);
	assert_int_equal(open_fs(f, "small/ROOT"), 0);
}

#define DATASET_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DATASET_TEST(properties_are_inherited_with_their_source),
		DATASET_TEST(what_does_not_inherit_stays_where_it_is_set),
		DATASET_TEST(a_mount_point_is_a_path_none_or_extended),
		DATASET_TEST(what_was_fixed_at_creation_is_in_the_file_system),
		DATASET_TEST(an_unset_property_is_not_found),
		DATASET_TEST(a_value_that_does_not_fit_is_refused),
		DATASET_TEST(children_and_snapshots_come_sorted),
		DATASET_TEST(datasets_say_what_they_are),
		DATASET_TEST(names_that_lack_are_told),
		DATASET_TEST(an_endless_name_is_refused),
		DATASET_TEST(what_is_no_readable_file_system_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
