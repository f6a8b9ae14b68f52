/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_DIRLIST_H
#define ZLIVE_DIRLIST_H

#include "read/read.h"

/* Walking a tree: what is in a directory, and which directories were seen. */

#define DIRLIST_MAX_DEPTH                                                                \
	2048 /* directories in each other; the paths get too long before */

struct dirlist_entry {
	size_t name; /* offset in text */
	uint64_t object;
};

struct dirlist {
	char *text;
	size_t text_len, text_size;
	struct dirlist_entry *at;
	size_t n, size;
};

/* All entries of a directory; after an error those before it. The caller ends with _done(). */
ZB_MUST_CHECK int dirlist_read(struct dirlist *list, struct zr_fs *fs, uint64_t object,
			       struct zb_diag *diag);
void dirlist_done(struct dirlist *list);

void dirlist_sort_names(struct dirlist *list);
/* In the order of their objects, which is mostly the one that they lie in on the devices. */
void dirlist_sort_objects(struct dirlist *list);

static inline const char *dirlist_name(const struct dirlist *list, size_t i)
{
	return list->text + list->at[i].name;
}

/* The directories listed so far, a hash table. */
struct dirlist_seen {
	uint64_t *at; /* 0 is no object */
	size_t n, size;
};

/* False if the directory was there before: no sound file system has one in two places. */
bool dirlist_seen_add(struct dirlist_seen *seen, uint64_t object);
void dirlist_seen_done(struct dirlist_seen *seen);

#endif
