/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_PROP_TABLE_H
#define ZR_PROP_TABLE_H

#include "base/span.h"

/* What the names and numbers of native properties mean. */

struct zr_prop_value {
	const char *name;
	uint64_t value;
};

struct zr_prop {
	const char *name;
	bool inherits;
	bool one_time; /* set at creation: in the file system's master node */
	const struct zr_prop_value *values; /* NULL: a number or a text */
	const char *fallback; /* the default; NULL if it has none that we know */
};

/* NULL for a name that is no native property of the table. */
const struct zr_prop *zr_prop_find(const char *name);

/* The text of a value of an index property; NULL if it has none. */
const char *zr_prop_value_name(const struct zr_prop *prop, uint64_t value);

#endif
