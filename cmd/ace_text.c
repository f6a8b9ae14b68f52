/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ace_text.h"

#include <stdio.h>
#include <string.h>

struct letter {
	char letter;
	uint32_t bit;
};

/* The letters of setfacl(1) on FreeBSD, in the order in which libarchive writes them. */
static const struct letter permissions[] = {
	{ 'r', ZF_ACE_READ_DATA },
	{ 'w', ZF_ACE_WRITE_DATA },
	{ 'x', ZF_ACE_EXECUTE },
	{ 'p', ZF_ACE_APPEND_DATA },
	{ 'd', ZF_ACE_DELETE },
	{ 'D', ZF_ACE_DELETE_CHILD },
	{ 'a', ZF_ACE_READ_ATTRIBUTES },
	{ 'A', ZF_ACE_WRITE_ATTRIBUTES },
	{ 'R', ZF_ACE_READ_NAMED_ATTRS },
	{ 'W', ZF_ACE_WRITE_NAMED_ATTRS },
	{ 'c', ZF_ACE_READ_ACL },
	{ 'C', ZF_ACE_WRITE_ACL },
	{ 'o', ZF_ACE_WRITE_OWNER },
	{ 's', ZF_ACE_SYNCHRONIZE },
	{ 0, 0 },
};

static const struct letter flags[] = {
	{ 'f', ZF_ACE_FILE_INHERIT }, { 'd', ZF_ACE_DIRECTORY_INHERIT },
	{ 'i', ZF_ACE_INHERIT_ONLY }, { 'n', ZF_ACE_NO_PROPAGATE },
	{ 'S', ZF_ACE_SUCCESSFUL },   { 'F', ZF_ACE_FAILED },
	{ 'I', ZF_ACE_INHERITED },    { 0, 0 },
};

static const char *const types[] = { "allow", "deny", "audit", "alarm" };

static const char *const who[] = {
	[ZF_WHO_USER] = "user",
	[ZF_WHO_GROUP] = "group",
	[ZF_WHO_OWNER_AT] = "owner@",
	[ZF_WHO_GROUP_AT] = "group@",
	[ZF_WHO_EVERYONE_AT] = "everyone@",
};

static void letters(const struct letter *l, uint32_t bits, char text[16])
{
	for (; l->letter; l++)
		if (bits & l->bit)
			*text++ = l->letter;
	*text = '\0';
}

int ace_text(const struct zf_ace *ace, char text[ACE_TEXT_SIZE])
{
	enum zf_ace_who w = zf_ace_who(ace);
	bool known = ace->type < sizeof(types) / sizeof(types[0]);
	char may[16], inherit[16], type[16], id[24] = "";

	letters(permissions, ace->mask, may);
	letters(flags, ace->flags, inherit);
	if (w == ZF_WHO_USER || w == ZF_WHO_GROUP)
		snprintf(id, sizeof(id), ":%llu", (unsigned long long)ace->who);
	if (known)
		snprintf(type, sizeof(type), "%s", types[ace->type]);
	else
		snprintf(type, sizeof(type), "type-%u", ace->type);
	snprintf(text, ACE_TEXT_SIZE, "%s%s:%s:%s:%s%s", who[w], id, may, inherit, type,
		 id);
	return known ? 0 : ZB_ENOTSUP;
}
