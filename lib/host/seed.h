/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZH_SEED_H
#define ZH_SEED_H

#include <stddef.h>
#include "base/diag.h"

/*
 * One seed, and from it every identifier that a stick needs: the same seed and purpose
 * always give the same bytes, different purposes give unrelated ones.
 */
struct zh_seed {
	uint64_t word[2];
};

/* From any text (--seed), or, with NULL, from the kernel's random numbers. */
ZB_MUST_CHECK int zh_seed_init(struct zh_seed *seed, const char *text,
			       struct zb_diag *diag);

/* len (at most 32) bytes for a purpose, "gpt disk" say. */
void zh_seed_bytes(const struct zh_seed *seed, const char *purpose, void *out,
		   size_t len);

#define ZH_GUID_TEXT 37

/* A version 4 GUID for a purpose, in the usual text form, upper case. */
void zh_seed_guid(const struct zh_seed *seed, const char *purpose,
		  char text[ZH_GUID_TEXT]);

/* The stick's own hostid: never 0, which OpenZFS takes for "none". */
uint32_t zh_seed_hostid(const struct zh_seed *seed);

#endif
