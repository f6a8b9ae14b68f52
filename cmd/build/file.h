/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_FILE_H
#define ZLIVE_BUILD_FILE_H

#include <stddef.h>
#include "base/diag.h"

/*
 * A whole file of this machine, at most max bytes, into a buffer that the caller frees.
 */
ZB_MUST_CHECK int file_load(const char *path, size_t max, void **ret_data,
			    size_t *ret_len, struct zb_diag *diag);

#endif
