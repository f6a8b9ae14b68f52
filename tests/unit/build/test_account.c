/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <crypt.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "cmd/build/account.h"

struct files {
	struct text passwd, group, shadow, gshadow;
	struct account_files f;
	struct zb_diag diag;
};

static int setup(void **state)
{
	struct files *s = calloc(1, sizeof(*s));

	text_format(&s->passwd, "root:x:0:0:root:/root:/bin/bash\n"
				"daemon:x:1:1::/:/usr/sbin/nologin\n"
				"old:x:1000:1000::/home/old:/bin/sh");
	text_format(&s->group, "root:x:0:\nsudo:x:27:old\nsudoers:x:28:\nold:x:1000:\n"
			       "mid:x:1001:\n");
	text_format(&s->shadow, "root:*:19000:0:99999:7:::\ndaemon:*:1::::::\n"
				"old:$y$x:19000:0:99999:7:::\n");
	text_format(&s->gshadow, "root:*::\nsudo:*::\n");
	s->f = (struct account_files){ &s->passwd, &s->group, &s->shadow, &s->gshadow };
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct files *s = *state;

	text_done(&s->passwd);
	text_done(&s->group);
	text_done(&s->shadow);
	text_done(&s->gshadow);
	free(s);
	return 0;
}

static void a_user_gets_the_first_number_free_in_both(void **state)
{
	struct files *s = *state;
	struct account a;

	assert_int_equal(account_add_user(&s->f, "ann", "/bin/bash", &a, &s->diag), 0);
	assert_int_equal(a.uid, 1002);
	assert_int_equal(a.gid, 1002);
	assert_string_equal(s->passwd.buf, "root:x:0:0:root:/root:/bin/bash\n"
					   "daemon:x:1:1::/:/usr/sbin/nologin\n"
					   "old:x:1000:1000::/home/old:/bin/sh\n"
					   "ann:x:1002:1002::/home/ann:/bin/bash\n");
	assert_string_equal(s->group.buf,
			    "root:x:0:\nsudo:x:27:old\nsudoers:x:28:\nold:x:1000:\n"
			    "mid:x:1001:\nann:x:1002:\n");
	assert_string_equal(s->gshadow.buf, "root:*::\nsudo:*::\nann:!::\n");
}

static void a_user_that_is_there_keeps_its_number(void **state)
{
	struct files *s = *state;
	struct account a;
	size_t before = s->passwd.len;

	assert_int_equal(account_add_user(&s->f, "old", "/bin/bash", &a, &s->diag), 0);
	assert_int_equal(a.uid, 1000);
	assert_int_equal(s->passwd.len, before);
}

static void accounts_of_the_system_are_not_taken_over(void **state)
{
	struct files *s = *state;
	struct account a;

	assert_int_equal(account_add_user(&s->f, "daemon", "/bin/sh", &a, &s->diag),
			 ZB_EEXIST);
	assert_int_equal(account_add_user(&s->f, "mid", "/bin/sh", &a, &s->diag),
			 ZB_EEXIST);
}

static void groups_get_members_once(void **state)
{
	struct files *s = *state;

	assert_int_equal(account_add_to_group(&s->f, "sudo", "ann", &s->diag), 0);
	assert_int_equal(account_add_to_group(&s->f, "sudo", "ann", &s->diag), 0);
	assert_int_equal(account_add_to_group(&s->f, "sudo", "an", &s->diag), 0);
	assert_non_null(strstr(s->group.buf, "sudo:x:27:old,ann,an\n"));
	assert_non_null(strstr(s->gshadow.buf, "sudo:*::ann,an\n"));
	assert_int_equal(account_add_to_group(&s->f, "sud", "ann", &s->diag), ZB_ENOENT);
}

static void passwords_are_set_and_locked(void **state)
{
	struct files *s = *state;

	assert_int_equal(account_set_password(&s->f, "root", "$y$z", 20000, &s->diag), 0);
	assert_int_equal(account_set_password(&s->f, "old", NULL, 20001, &s->diag), 0);
	assert_string_equal(s->shadow.buf,
			    "root:$y$z:20000:0:99999:7:::\ndaemon:*:1::::::\n"
			    "old:*:20001:0:99999:7:::\n");
	assert_int_equal(account_set_password(&s->f, "ann", "x", 1, &s->diag), ZB_ENOENT);
}

static void a_user_without_a_shadow_line_gets_one(void **state)
{
	struct files *s = *state;
	struct account a;

	assert_int_equal(account_add_user(&s->f, "ann", "/bin/sh", &a, &s->diag), 0);
	assert_int_equal(account_set_password(&s->f, "ann", "$y$q", 3, &s->diag), 0);
	assert_non_null(strstr(s->shadow.buf, "\nann:$y$q:3:0:99999:7:::\n"));
}

static void names_and_hashes_that_break_the_files_are_refused(void **state)
{
	assert_true(account_name_valid("ann-2_x"));
	assert_false(account_name_valid(""));
	assert_false(account_name_valid("2ann"));
	assert_false(account_name_valid("a:b"));
	assert_false(account_name_valid("../x"));
	assert_false(account_name_valid("a23456789012345678901234567890123"));
	assert_true(account_hash_valid("$6$abc$def"));
	assert_false(account_hash_valid("a:b"));
	assert_false(account_hash_valid("a\nroot2::0"));
}

static void a_hash_verifies_and_follows_the_salt(void **state)
{
	struct files *s = *state;
	uint8_t salt[16] = { 1, 2, 3 };
	char *a, *b;

	assert_int_equal(account_hash("secret", salt, &a, &s->diag), 0);
	assert_int_equal(account_hash("secret", salt, &b, &s->diag), 0);
	assert_string_equal(a, b);
	assert_string_equal(crypt("secret", a), a);
	free(b);
	salt[0] = 9;
	assert_int_equal(account_hash("secret", salt, &b, &s->diag), 0);
	assert_string_not_equal(a, b);
	free(a);
	free(b);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_user_gets_the_first_number_free_in_both),
		T(a_user_that_is_there_keeps_its_number),
		T(accounts_of_the_system_are_not_taken_over),
		T(groups_get_members_once),
		T(passwords_are_set_and_locked),
		T(a_user_without_a_shadow_line_gets_one),
		T(names_and_hashes_that_break_the_files_are_refused),
		T(a_hash_verifies_and_follows_the_salt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
