/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_GPT_H
#define ZLIVE_INIT_GPT_H

#include "base/diag.h"

/*
 * The GUID of partition `number` (from 1) of a disk that is open at fd, in lower case, from its
 * GPT or, if that is damaged, from the backup at the end. The kernel has read the same table;
 * that the entry starts at byte `start`, as the kernel says, shows that it is the right one.
 * ZB_ENOENT if the disk has no GPT with such an entry.
 */
ZB_MUST_CHECK int zi_gpt_partition(int fd, uint32_t block_size, uint64_t disk_size,
				   unsigned int number, uint64_t start,
				   char ret_guid[40]);

/* The same for the partition /dev/NAME, by what sysfs says of it; empty if it is none. */
void zi_gpt_partition_of(const char *name, char ret_guid[40]);

#endif
