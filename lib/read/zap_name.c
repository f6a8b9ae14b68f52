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
				       uint64_t normflags)
{
	struct zr_zap_name *name = zr_alloc(host, sizeof(*name));
	unsigned int form;

	if (!name)
		return NULL;
	name->host = host;
	name->text = text;
	/* OpenZFS knows folding to lower case, too, but never uses it. */
	name->flags =
		(unsigned int)normflags & (ZR_NORMAL_UPPER | ZR_NORMAL_DECOMPOSE |
					   ZR_NORMAL_COMPATIBLE | ZR_NORMAL_COMPOSE);
	form = name->flags & ~(unsigned int)ZR_NORMAL_UPPER;
	name->sure = is_ascii(text);
	if (name->flags && (!apply(host, text, name->flags, name->folded) ||
			    !apply(host, text, form, name->normalized))) {
		/* No form of it: then only the very same bytes are the name. */
		name->flags = 0;
		name->sure = false;
	}
	return name;
}

enum zr_zap_match zr_zap_name_match(struct zr_zap_name *name, const char *entry)
{
	unsigned int form = name->flags & ~(unsigned int)ZR_NORMAL_UPPER;

	if (zb_text_equal(entry, name->text))
		return ZR_ZAP_EXACT;
	if (name->flags == 0)
		return ZR_ZAP_OTHER;
	if (form && apply(name->host, entry, form, name->other) &&
	    zb_text_equal(name->other, name->normalized))
		return ZR_ZAP_NORMALIZED;
	if ((name->flags & ZR_NORMAL_UPPER) &&
	    apply(name->host, entry, name->flags, name->other) &&
	    zb_text_equal(name->other, name->folded))
		return ZR_ZAP_FOLDED;
	return ZR_ZAP_OTHER;
}
