/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef WALK_H
#define WALK_H

#include "read/read.h"

/*
 * Looks at all of a pool through the public interface: every dataset, property, file, link,
 * attribute and parts of every file's and volume's contents, each up to limits that a hostile pool
 * cannot stretch. Faults are passed over and counted.
 */
struct walk_counts {
	unsigned int datasets;
	unsigned int files;
	unsigned int xattrs;
	unsigned int faults;
	uint64_t bytes;
};

/* The error of opening the pool, or 0. */
int walk_pool(const struct zr_host *host, const struct zr_dev *const *devs,
	      unsigned int n, struct walk_counts *ret_counts);

/* The same with volumes and, unlocked by small_secret_key(), encrypted datasets. */
int walk_whole_pool(const struct zr_host *host, const struct zr_dev *const *devs,
		    unsigned int n, struct walk_counts *ret_counts);

#endif
