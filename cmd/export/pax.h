/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_EXPORT_PAX_H
#define ZLIVE_EXPORT_PAX_H

#include "read/read.h"

/*
 * Headers of a pax archive (POSIX.1-2001): of each object a header of type x with records
 * "LENGTH KEY=VALUE\n" for what does not fit, then its ustar header. Extended attributes are
 * SCHILY.xattr.NAME, POSIX ACLs SCHILY.acl.access and .default, as star defined them and GNU tar
 * and libarchive read them, NFSv4 ACLs SCHILY.acl.ace, as libarchive has them; sparse files have
 * GNU tar's format 1.0.
 */
#define PAX_BLOCK     512
#define PAX_RECORD    10240 /* an archive is a multiple of it */

/* As OpenZFS on Linux shows identities of other systems' domains. */
#define PAX_ID_NOBODY 65534

/* A text that grows. */
struct pax_buf {
	uint8_t *data;
	size_t len, size;
	bool failed; /* no memory: what was added since is missing */
};

void pax_buf_add(struct pax_buf *b, const void *p, size_t len);
void pax_buf_done(struct pax_buf *b);

struct pax_entry {
	const char *path; /* a directory's ends in '/' */
	const char *link; /* target of a symbolic or hard link; else NULL */
	bool hard;	  /* the latter */
	const struct zr_stat *st;
	uint64_t size;		       /* bytes that follow the header */
	bool sparse;		       /* st->size is the file's own size then */
	const struct pax_buf *records; /* pax_xattr()'s; may be NULL */
};

/* Appends the headers of an entry, whole blocks. */
void pax_header(struct pax_buf *out, const struct pax_entry *e);

/* Appends a record. */
void pax_record(struct pax_buf *out, const char *key, const void *value, size_t len);

/* The record of an extended attribute. ZB_ECORRUPT for an ACL that makes no sense. */
ZB_MUST_CHECK int pax_xattr(struct pax_buf *out, const char *name, struct zb_span value);

/* The record of an NFSv4 ACL. ZB_ENOTSUP, and no record, if there are no words for an entry. */
ZB_MUST_CHECK int pax_acl(struct pax_buf *out, const struct zf_ace *aces, unsigned int n);

/*
 * Fills an empty buffer with the map at the start of a sparse file's data: n ranges of {offset, length},
 * which do not touch each other.
 */
struct pax_range {
	uint64_t offset, len;
};

void pax_sparse_map(struct pax_buf *out, const struct pax_range *ranges, size_t n,
		    uint64_t size);

#endif
