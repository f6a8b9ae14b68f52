/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_OVERLAY_H
#define ZLIVE_BUILD_OVERLAY_H

#include "cmd/build/saved.h"
#include "cmd/build/text.h"
#include "cmd/build/tree.h"

/*
 * A stage between a source and the pool that adds, replaces and edits files. First say
 * what (the calls of the first group), then let the source run through overlay_sink(),
 * then edit the texts and add what depends on what was seen, then overlay_finish().
 */
struct overlay;

struct overlay *overlay_create(const struct tree_sink *next, uint64_t time);
void overlay_destroy(struct overlay *o);

/* ---- before ---- */

/*
 * Keeps a regular file back for an edit. What the tree does not have is made with the
 * mode and group, owned by root, if the edit puts something in it.
 */
ZB_MUST_CHECK int overlay_keep(struct overlay *o, const char *path, uint32_t mode,
			       uint32_t gid);
/* Instead of whatever the tree has there. Copies data. */
ZB_MUST_CHECK int overlay_file(struct overlay *o, const char *path, uint32_t mode,
			       const void *data, size_t len);
ZB_MUST_CHECK int overlay_symlink(struct overlay *o, const char *path,
				  const char *target);
/* Leaves out what has this prefix, "boot/initrd.img-" say; at most one such prefix. */
void overlay_drop(struct overlay *o, const char *prefix);
/* To ask about it afterwards with overlay_seen(). */
ZB_MUST_CHECK int overlay_watch(struct overlay *o, const char *path);
/* Copies what lies below a folder, small files only; the entries pass all the same. */
void overlay_copy_folder(struct overlay *o, const char *path);

/* The returned sink lives as long as o. */
const struct tree_sink *overlay_sink(struct overlay *o);

/* ---- after the source has run ---- */

bool overlay_seen(const struct overlay *o, const char *path);
/* The text of what overlay_keep() named; empty if the tree has no such file. */
struct text *overlay_text(struct overlay *o, const char *path);
/* What overlay_copy_folder() copied, and all names in boot/. */
const struct saved_list *overlay_copies(const struct overlay *o);
const struct saved_list *overlay_boot(const struct overlay *o);

/* Hands on what was kept and what is new. ZB_EISDIR and the like name the path. */
ZB_MUST_CHECK int overlay_finish(struct overlay *o, struct zb_diag *diag);

#endif
