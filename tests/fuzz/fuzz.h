/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * A fuzz target is one file fuzz_NAME.c that defines this function: any bytes, over memory
 * only, the same outcome for the same bytes, 0 as its result. What must not happen ends the
 * program, by a sanitizer or by FUZZ_ASSERT.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stays active in every build, unlike assert(). */
#define FUZZ_ASSERT(x)                                                                   \
	do {                                                                             \
		if (!(x)) {                                                              \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #x);  \
			abort();                                                         \
		}                                                                        \
	} while (0)

#endif
