/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_NAMES_H
#define ZR_NAMES_H

#include "read/dev.h"

/* A growing list of names, to sort what a ZAP gives in the order of its hashes. */
#define ZR_NAMES_MAX (1U << 20)

struct zr_names {
	const struct zr_host *host;
	char *text; /* the names, each terminated */
	size_t text_len, text_size;
	uint32_t *at;	  /* offsets in text */
	uint64_t *values; /* of each name, in the order of their adding */
	uint32_t n, size;
};

void zr_names_init(struct zr_names *names, const struct zr_host *host);
void zr_names_done(struct zr_names *names);

/* ZB_ENOMEM, or ZB_E2BIG beyond ZR_NAMES_MAX. */
ZB_MUST_CHECK int zr_names_add(struct zr_names *names, const char *name, uint64_t value);
void zr_names_sort(struct zr_names *names);

/* Whether two names have the same value. Leaves the values in disorder. */
bool zr_names_share_value(struct zr_names *names);

static inline const char *zr_names_get(const struct zr_names *names, uint32_t i)
{
	return names->text + names->at[i];
}

#endif
