/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_ZAP_H
#define ZR_ZAP_H

#include "fmt/zap.h"
#include "read/pool.h"

/* ZAP objects, micro and fat alike. */

struct zr_zap {
	struct zr_object obj;
	bool micro;
	uint64_t normflags;
	bool match_case; /* for the caller to set: case counts, whatever normflags say */
	struct zr_buf *head; /* the micro block, or the fat header */
	struct zf_mzap mzap;
	struct zf_zap_header header;
	uint8_t *scratch; /* names and values of one entry, of a fat ZAP */
	size_t scratch_size;
	uint8_t *found; /* value of what a walk has found */
};

/* An entry. Everything is valid until the callback returns or the next lookup. */
struct zr_zap_entry {
	const char *name; /* terminated */
	size_t name_len;
	unsigned int intlen;
	unsigned int numints;
	struct zb_span value; /* integers in big-endian order */
	uint64_t next;	      /* for zr_zap_walk_from(): what comes behind it */
};

ZB_MUST_CHECK int zr_zap_open(struct zr_objset *os, uint64_t number,
			      struct zr_zap *ret_zap, struct zb_diag *diag);
void zr_zap_close(struct zr_zap *zap);

/*
 * Finds a name as normflags have names compared; of several the one that is spelt the same.
 * ZB_ENOENT, without touching diag, if there is none.
 */
ZB_MUST_CHECK int zr_zap_find(struct zr_zap *zap, const char *name,
			      struct zr_zap_entry *ret_entry, struct zb_diag *diag);

/* Each entry in the order of hashes (micro: of slots); non-zero from fn ends the walk. */
typedef int (*zr_zap_fn)(void *ctx, const struct zr_zap_entry *entry);
ZB_MUST_CHECK int zr_zap_walk(struct zr_zap *zap, zr_zap_fn fn, void *ctx,
			      struct zb_diag *diag);

/*
 * The same from a position that an entry's `next` gave, 0: the start. Any other value is safe,
 * and starts somewhere.
 */
ZB_MUST_CHECK int zr_zap_walk_from(struct zr_zap *zap, uint64_t from, zr_zap_fn fn,
				   void *ctx, struct zb_diag *diag);

/* Integer i of an entry, whatever its width; 0 beyond the last. */
uint64_t zr_zap_int(const struct zr_zap_entry *entry, unsigned int i);

/* open, find, close: the first integer of a name in ZAP object `number`. */
ZB_MUST_CHECK int zr_zap_lookup(struct zr_objset *os, uint64_t number, const char *name,
				uint64_t *ret_v, struct zb_diag *diag);

#endif
