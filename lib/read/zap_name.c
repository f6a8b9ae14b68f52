/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"
#include "read/zap_name.h"

static bool is_ascii(const char *s)
{
	while (*s && (unsigned char)*s < 0x80)
		s++;
	return *s == '\0';
}

/* What can be done without tables of Unicode: ASCII is in every normal form. */
static bool apply_ascii(const char *name, unsigned int flags, char *out)
{
	size_t i;

	for (i = 0; name[i] && i < ZF_ZAP_NAME_MAX - 1; i++) {
		bool lower = name[i] >= 'a' && name[i] <= 'z';

		out[i] = (flags & ZR_NORMAL_UPPER) && lower ? (char)(name[i] - 'a' + 'A')
							    : name[i];
	}
	out[i] = '\0';
	return !name[i];
}

static bool apply(const struct zr_host *host, const char *name, unsigned int flags,
		  char *out)
{
	if (!host->normalize || is_ascii(name))
		return apply_ascii(name, flags, out);
	return host->normalize(host->ctx, name, flags, out, ZF_ZAP_NAME_MAX) == 0;
}

struct zr_zap_name *zr_zap_name_create(const struct zr_host *host, const char *text,
				       uint64_t normflags, bool match_case)
{
	struct zr_zap_name *name = zr_alloc(host, sizeof(*name));

	if (!name)
		return NULL;
	name->host = host;
	name->text = text;
	/* OpenZFS knows folding to lower case, too, but never uses it. */
	name->flags =
		(unsigned int)normflags & (ZR_NORMAL_UPPER | ZR_NORMAL_DECOMPOSE |
					   ZR_NORMAL_COMPATIBLE | ZR_NORMAL_COMPOSE);
	name->compare =
		match_case ? name->flags & ~(unsigned int)ZR_NORMAL_UPPER : name->flags;
	name->sure = is_ascii(text);
	if (name->flags && (!apply(host, text, name->flags, name->hashed) ||
			    !apply(host, text, name->compare, name->compared))) {
		/* No form of it: then only the very same bytes are the name. */
		name->flags = name->compare = 0;
		name->sure = false;
	}
	return name;
}

static bool is_same(struct zr_zap_name *name, const char *entry, unsigned int flags,
		    const char *form)
{
	return flags && apply(name->host, entry, flags, name->other) &&
	       zb_text_equal(name->other, form);
}

/* Names that are the same but have other hashes do not meet in OpenZFS. */
enum zr_zap_match zr_zap_name_match(struct zr_zap_name *name, const char *entry)
{
	if (zb_text_equal(entry, name->text))
		return ZR_ZAP_EXACT;
	if (is_same(name, entry, name->compare, name->compared) &&
	    (name->compare == name->flags ||
	     is_same(name, entry, name->flags, name->hashed)))
		return ZR_ZAP_SAME;
	return ZR_ZAP_OTHER;
}
