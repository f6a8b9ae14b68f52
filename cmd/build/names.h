/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_NAMES_H
#define ZLIVE_BUILD_NAMES_H

#include <stddef.h>
#include "base/span.h"

/*
 * The number of a user or group in the text of an /etc/passwd or /etc/group: both have it
 * in the third field. ZB_ENOENT if there is no such name.
 */
ZB_MUST_CHECK int names_find(const char *text, size_t len, const char *name,
			     uint32_t *ret_id);

#endif
