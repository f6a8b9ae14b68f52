/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_EXPORT_H
#define ZLIVE_EXPORT_H

#include "cmd/dirlist.h"
#include "cmd/export/archive.h"
#include "cmd/export/pax.h"

/* zlive export: a tree on its way into an archive. */

struct export_links; /* links.c */

struct export
{
	struct archive archive;
	struct zr_fs *fs;
	struct zb_diag *diag;
	struct export_links *links;
	struct dirlist_seen seen;
	struct pax_buf path; /* of the entry at hand, terminated */
	struct pax_buf header, records;
	char *target;	      /* of a symbolic link */
	bool posix_acl;	      /* the object at hand has one */
	uint64_t done, total; /* stored bytes, for the progress line */
	uint64_t sockets;
	bool left_out; /* the entry at hand is not in the archive */
};

/*
 * The tree at an object, the archive's names starting with `path` ("." for all of a dataset). What
 * cannot be read is told and left out or, of a file, zeros; an error ends the archive.
 */
ZB_MUST_CHECK int export_tree(struct export *x, uint64_t object, const char *path);

/* ---- files with several names (links.c) ---- */

struct export_links *export_links_create(void);
void export_links_destroy(struct export_links *links);

/* The name that an object has in the archive already, NULL if none. */
const char *export_links_find(const struct export_links *links, uint64_t object);
ZB_MUST_CHECK int export_links_add(struct export_links *links, uint64_t object,
				   const char *path);

/* ---- where a file has data (sparse.c) ---- */

struct export_map {
	struct pax_range *at;
	size_t n, size;
	uint64_t bytes;	 /* in them */
	uint64_t unread; /* bytes of which it is not known, taken as holes */
};

/*
 * The ranges of a file with data, in order; holes of less than a page count as data. ZB_ENOMEM,
 * or 0; where the file's tree cannot be read, diag says why and map->unread how much that is.
 */
ZB_MUST_CHECK int export_map_make(struct export_map *map, struct zr_fs *fs,
				  const struct zr_stat *st, struct zb_diag *diag);
void export_map_done(struct export_map *map);

#endif
