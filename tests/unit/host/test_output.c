/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>
#include <cmocka.h>
#include "host/output.h"

static int temporary_file(void)
{
	char path[] = "/tmp/zlive-output-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

/* "ab", 1 MiB of zeros, "cd", 4 MiB of zeros. */
static void write_sample(int fd, bool holes)
{
	struct zh_output *out = zh_output_create(fd, "sample", holes);
	struct zb_diag diag;

	assert_non_null(out);
	assert_int_equal(zh_output_put(out, 0, "ab", 2, &diag), 0);
	assert_int_equal(zh_output_put(out, 1 << 20, "cd", 2, &diag), 0);
	assert_int_equal(zh_output_put(out, 4 << 20, "", 0, &diag), 0);
	assert_int_equal(zh_output_finish(out, &diag), 0);
	zh_output_destroy(out);
}

static void assert_sample(int fd, off_t start)
{
	size_t size = 4 + (5 << 20);
	char *data = malloc(size + 1);

	assert_int_equal(pread(fd, data, size + 1, start), size);
	assert_memory_equal(data, "ab\0", 3);
	assert_memory_equal(data + 2 + (1 << 20), "cd\0", 3);
	for (size_t i = 4 + (1 << 20); i < size; i++)
		assert_int_equal(data[i], 0);
	free(data);
}

static void zeros_are_holes_in_a_file(void **state)
{
	int fd = temporary_file();
	struct stat st;

	write_sample(fd, true);
	assert_sample(fd, 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(st.st_blocks * 512 < 1 << 20);
	close(fd);
}

static void zeros_are_written_where_asked(void **state)
{
	int fd = temporary_file();

	write_sample(fd, false);
	assert_sample(fd, 0);
	close(fd);
}

/* Bytes that are there already must not show through. */
static void no_holes_inside_of_a_file(void **state)
{
	static char old[6 << 20];
	int fd = temporary_file();

	memset(old, 'x', sizeof(old));
	assert_int_equal(write(fd, old, sizeof(old)), sizeof(old));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	write_sample(fd, true);
	assert_int_equal(ftruncate(fd, 4 + (5 << 20)), 0);
	assert_sample(fd, 0);
	close(fd);
}

static void no_holes_when_appending(void **state)
{
	int fd = temporary_file();

	assert_int_equal(write(fd, "before", 6), 6);
	assert_int_equal(fcntl(fd, F_SETFL, O_APPEND), 0);
	write_sample(fd, true);
	assert_sample(fd, 6);
	close(fd);
}

static void a_failure_stays(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct zh_output *out = zh_output_create(fd, "full", true);
	struct zb_diag diag = { 0 };

	assert_non_null(out);
	assert_int_equal(zh_output_put(out, 0, "ab", 2, &diag), 0);
	assert_int_equal(zh_output_put(out, 0, "cd", 2, &diag), ZB_EIO);
	assert_string_equal(diag.object, "full");
	assert_int_equal(zh_output_wait(out, &diag), ZB_EIO);
	assert_int_equal(zh_output_finish(out, &diag), ZB_EIO);
	zh_output_destroy(out);
	close(fd);
}

static void a_closed_pipe_is_an_error_and_no_signal(void **state)
{
	struct zh_output *out;
	struct zb_diag diag = { 0 };
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	out = zh_output_create(fds[1], "pipe", true);
	assert_non_null(out);
	assert_int_equal(zh_output_put(out, 0, "ab", 2, &diag), 0);
	assert_int_equal(zh_output_wait(out, &diag), ZB_EIO);
	zh_output_destroy(out);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeros_are_holes_in_a_file),
		cmocka_unit_test(zeros_are_written_where_asked),
		cmocka_unit_test(no_holes_inside_of_a_file),
		cmocka_unit_test(no_holes_when_appending),
		cmocka_unit_test(a_failure_stays),
		cmocka_unit_test(a_closed_pipe_is_an_error_and_no_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
