/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "host/progress.h"

static void line_is(uint64_t bytes, uint64_t total, double seconds, unsigned int width,
		    const char *want)
{
	char b[256];

	zh_progress_text("writing", bytes, total, seconds, width, b, sizeof(b));
	assert_string_equal(b, want);
}

static void a_known_total_gives_a_bar_and_the_time_left(void **state)
{
	line_is(250 << 20, 1000 << 20, 5, 200,
		"writing [======>                 ]  25%  250 MiB/1.0 GiB  50 MiB/s  0:15 left");
	line_is(1 << 20, 7300ULL << 20, 1, 200,
		"writing [>                       ]   0%  1.0 MiB/7.1 GiB  1.0 MiB/s  "
		"2:01:39 left");
}

static void an_unknown_total_gives_bytes_and_rate(void **state)
{
	line_is(250 << 20, 0, 5, 200, "writing  250 MiB  50 MiB/s");
}

static void without_bytes_there_is_only_the_stage(void **state)
{
	line_is(0, 0, 3, 200, "writing...");
}

static void more_than_the_total_is_no_more_than_all(void **state)
{
	line_is(30 << 20, 20 << 20, 2, 200,
		"writing [========================] 100%  30 MiB/20 MiB  15 MiB/s");
}

static void the_line_is_cut_to_the_terminal(void **state)
{
	line_is(250 << 20, 0, 5, 10, "writing  2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_known_total_gives_a_bar_and_the_time_left),
		cmocka_unit_test(an_unknown_total_gives_bytes_and_rate),
		cmocka_unit_test(without_bytes_there_is_only_the_stage),
		cmocka_unit_test(more_than_the_total_is_no_more_than_all),
		cmocka_unit_test(the_line_is_cut_to_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
