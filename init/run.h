/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_RUN_H
#define ZLIVE_INIT_RUN_H

#include <stdbool.h>
#include <sys/types.h>
#include "base/diag.h"

/*
 * Runs a program of the ramdisk and waits for it, reaping whatever else ends meanwhile.
 * input, if not NULL, is its standard input. What it prints to either output goes to out,
 * cut to size, always terminated. Returns its exit status, 128 + signal if one killed it, or
 * a negative error if it could not be started.
 */
ZB_MUST_CHECK int zi_run(const char *const *argv, const char *input, char *out,
			 size_t size);

/*
 * The same, but fails with ZB_EIO, and what the program printed as reason, unless it exits
 * with 0.
 */
ZB_MUST_CHECK int zi_run_ok(const char *const *argv, const char *input, char *out,
			    size_t size, struct zb_diag *diag);

/* The environment of all programs: PATH, LD_LIBRARY_PATH, and what makes OpenZFS obey. */
void zi_run_environment(void);
/* The system's init gets none of it. */
void zi_run_environment_clear(void);

#endif
