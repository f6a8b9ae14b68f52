/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_ZAP_NAME_H
#define ZR_ZAP_NAME_H

#include "fmt/zap.h"
#include "read/dev.h"

/*
 * A name that is looked for in a ZAP that compares names by more than their bytes: the normflags
 * of its header say whether case counts and which normal form of Unicode. The hash of such a ZAP
 * is that of the name with all of it applied.
 */
enum zr_zap_match {
	ZR_ZAP_EXACT, /* byte by byte */
	ZR_ZAP_SAME,  /* by the rules of the ZAP */
	ZR_ZAP_OTHER,
};

struct zr_zap_name {
	const struct zr_host *host;
	const char *text;
	unsigned int flags;   /* enum zr_normal, of the ZAP: what is hashed */
	unsigned int compare; /* the same less the case, if that counts all the same */
	bool sure;	      /* the hash is what OpenZFS makes of it */
	char hashed[ZF_ZAP_NAME_MAX];
	char compared[ZF_ZAP_NAME_MAX];
	char other[ZF_ZAP_NAME_MAX]; /* of an entry, to compare it */
};

/* match_case as in struct zr_zap. NULL when there is no memory. zr_free() it. */
struct zr_zap_name *zr_zap_name_create(const struct zr_host *host, const char *text,
				       uint64_t normflags, bool match_case);

/* How the name of an entry is the one looked for: the first of enum zr_zap_match that fits. */
enum zr_zap_match zr_zap_name_match(struct zr_zap_name *name, const char *entry);

#endif
