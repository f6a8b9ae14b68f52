/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "tests/support/small_pool.h"

struct fixture {
	struct small_pool pool;
	struct small_host host;
	struct zr_pool *open;
	struct zb_diag diag;
	char text[64];
};

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	small_secret_init(&f.pool);
	*state = &f;
	return small_pool_open(&f.pool, &f.host, &f.open, &f.diag);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	return small_pool_close(&f->pool, &f->host, f->open);
}

/* The start of a file's contents, or the error of coming to it. */
static int read_file(struct fixture *f, const char *dataset, const char *path)
{
	struct zr_dataset *ds;
	struct zr_fs *fs;
	struct zr_stat st;
	int64_t n = 0;
	int error;

	assert_int_equal(zr_dataset_open(f->open, dataset, &ds, &f->diag), 0);
	error = zr_fs_open(ds, &fs, &f->diag);
	zr_dataset_close(ds);
	if (error)
		return error;
	memset(f->text, 0, sizeof(f->text));
	error = zr_fs_lookup(fs, path, true, &st, &f->diag);
	if (!error)
		n = zr_fs_read(fs, st.object, 0, f->text, sizeof(f->text) - 1, &f->diag);
	zr_fs_close(fs);
	return error ? error : n < 0 ? (int)n : 0;
}

static int unlock(struct fixture *f, const char *root, const char *keyformat)
{
	return zr_pool_unlock(f->open, root, small_secret_key(keyformat), &f->diag);
}

static void without_its_key_a_file_system_does_not_open(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_file(f, "secret/gcm", "file"), ZB_EKEY);
	assert_string_equal(f->diag.object, "secret/gcm");
	assert_int_equal(read_file(f, "secret/gcm/child", "file"), ZB_EKEY);
	assert_non_null(strstr(f->diag.reason, "secret/gcm"));
	assert_int_equal(read_file(f, "secret/gcm/clear", "file"), 0);
	assert_string_equal(f->text, "clear\n");
}

static void each_form_of_a_key_opens_its_own(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(unlock(f, "secret/gcm", "hex"), 0);
	assert_int_equal(read_file(f, "secret/gcm", "file"), 0);
	assert_string_equal(f->text, "changed\n");
	assert_int_equal(read_file(f, "secret/ccm", "file"), ZB_EKEY);
	assert_int_equal(unlock(f, "secret/ccm", "raw"), 0);
	assert_int_equal(read_file(f, "secret/ccm", "file"), 0);
	assert_string_equal(f->text, "hello from ccm\n");
	assert_int_equal(unlock(f, "secret/words", "passphrase"), 0);
	assert_int_equal(read_file(f, "secret/words", "file"), 0);
	assert_string_equal(f->text, "words\n");
}

static void children_snapshots_and_clones_have_the_same_key(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(unlock(f, "secret/gcm/child", "hex"), ZB_EINVAL);
	assert_non_null(strstr(f->diag.reason, "secret/gcm"));
	assert_int_equal(unlock(f, "secret/gcm", "hex"), 0);
	assert_int_equal(read_file(f, "secret/gcm/child", "file"), 0);
	assert_string_equal(f->text, "inherits\n");
	assert_int_equal(read_file(f, "secret/gcm@before", "file"), 0);
	assert_string_equal(f->text, "hello from gcm\n");
	assert_int_equal(read_file(f, "secret/gcm/clone", "file"), 0);
	assert_string_equal(f->text, "hello from gcm\n");
}

static void a_wrong_key_opens_nothing(void **state)
{
	static const char hex[] =
		"10112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210";
	struct fixture *f = *state;
	struct zb_span key = zb_span((const uint8_t *)hex, strlen(hex));

	assert_int_equal(zr_pool_unlock(f->open, "secret/gcm", key, &f->diag), ZB_EKEY);
	assert_int_equal(read_file(f, "secret/gcm", "file"), ZB_EKEY);
	assert_int_equal(unlock(f, "secret/words", "hex"), ZB_EKEY);
	assert_int_equal(unlock(f, "secret/gcm", "hex"), 0);
	assert_int_equal(read_file(f, "secret/gcm", "file"), 0);
}

static void what_has_not_the_form_of_a_key_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(unlock(f, "secret/gcm", "raw"), ZB_EINVAL);
	assert_int_equal(unlock(f, "secret/ccm", "hex"), ZB_EINVAL);
	assert_int_equal(unlock(f, "secret", "hex"), ZB_EINVAL);
}

#define KEY_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		KEY_TEST(without_its_key_a_file_system_does_not_open),
		KEY_TEST(each_form_of_a_key_opens_its_own),
		KEY_TEST(children_snapshots_and_clones_have_the_same_key),
		KEY_TEST(a_wrong_key_opens_nothing),
		KEY_TEST(what_has_not_the_form_of_a_key_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
