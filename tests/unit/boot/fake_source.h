/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FAKE_SOURCE_H
#define TEST_FAKE_SOURCE_H

#include "boot/common/source.h"

/* A pool as a table; a row with neither property nor path only makes the dataset exist. */
struct fake_row {
	const char *dataset;
	const char *property; /* NULL: the row is a file */
	const char *value;    /* of the property, or the file's contents */
	const char *path;
	int error; /* what reading the file gives instead of its contents */
};

struct fake_pool {
	const struct fake_row *rows; /* ended by a row without dataset */
};

struct bt_source fake_source(struct fake_pool *pool);

#endif
