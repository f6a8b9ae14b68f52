/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "host/reader.h"

#define JOBS 100

struct jobs {
	atomic_uint done[JOBS];
};

static void job(void *arg, unsigned int i)
{
	struct jobs *j = arg;

	atomic_fetch_add(&j->done[i], 1);
}

static void every_job_runs_once(void **state)
{
	static const unsigned int threads[] = { 1, 2, 7, 64 };

	for (unsigned int t = 0; t < sizeof(threads) / sizeof(threads[0]); t++) {
		struct zh_reader *r = zh_reader_create(threads[t], NULL, NULL);
		const struct zr_host *host;

		assert_non_null(r);
		host = zh_reader_host(r);
		/* Batch after batch: none may leave a job to the next. */
		for (unsigned int n = 0; n <= JOBS; n++) {
			struct jobs j = { 0 };

			host->run(host->ctx, job, &j, n);
			for (unsigned int i = 0; i < JOBS; i++)
				assert_int_equal(atomic_load(&j.done[i]), i < n);
		}
		zh_reader_destroy(r);
	}
}

static void count(void *ctx, const struct zb_diag *what)
{
	(*(unsigned int *)ctx)++;
}

static void notes_reach_whoever_asked(void **state)
{
	struct zb_diag diag = { 0 };
	unsigned int n = 0;
	struct zh_reader *r = zh_reader_create(1, count, &n);
	const struct zr_host *host = zh_reader_host(r);

	host->note(host->ctx, &diag);
	assert_int_equal(n, 1);
	zh_reader_destroy(r);
	r = zh_reader_create(1, NULL, NULL);
	host = zh_reader_host(r);
	host->note(host->ctx, &diag);
	zh_reader_destroy(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_job_runs_once),
		cmocka_unit_test(notes_reach_whoever_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
