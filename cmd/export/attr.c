/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>
#include "cmd/ace_text.h"
#include "cmd/export/pax.h"

/*
 * The value of system.posix_acl_access and _default: le32 version (2), then entries of le16 tag,
 * le16 permissions and le32 id. Source: Linux's include/uapi/linux/posix_acl_xattr.h. In the
 * archive it is text, "user::rwx,user:1000:r--", as acl_to_text(3) has it, with numbers.
 */
#define ACL_VERSION 2
#define ACL_ENTRY   8

static const struct {
	uint16_t tag;
	bool has_id;
	const char *name;
} tags[] = {
	{ 0x01, false, "user" }, { 0x02, true, "user" },  { 0x04, false, "group" },
	{ 0x08, true, "group" }, { 0x10, false, "mask" }, { 0x20, false, "other" },
};

static int add_ace(struct pax_buf *text, struct zb_span ace)
{
	uint16_t tag = zb_load16(ace.ptr, ZB_LE), perm = zb_load16(ace.ptr + 2, ZB_LE);
	char entry[48], id[16] = "";

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		if (tags[i].tag != tag)
			continue;
		if (tags[i].has_id)
			snprintf(id, sizeof(id), "%u", zb_load32(ace.ptr + 4, ZB_LE));
		snprintf(entry, sizeof(entry), "%s%s:%s:%c%c%c", text->len ? "," : "",
			 tags[i].name, id, perm & 4 ? 'r' : '-', perm & 2 ? 'w' : '-',
			 perm & 1 ? 'x' : '-');
		pax_buf_add(text, entry, strlen(entry));
		return 0;
	}
	return ZB_ECORRUPT;
}

static int add_acl(struct pax_buf *out, const char *key, struct zb_span value)
{
	struct pax_buf text = { 0 };
	struct zb_span ace;
	uint32_t version;
	int error = zb_span_u32(value, 0, ZB_LE, &version);

	if (error || version != ACL_VERSION || (value.len - 4) % ACL_ENTRY)
		return ZB_ECORRUPT;
	for (size_t at = 4; !error && at < value.len; at += ACL_ENTRY) {
		error = zb_span_sub(value, at, ACL_ENTRY, &ace);
		if (!error)
			error = add_ace(&text, ace);
	}
	if (!error && text.len > 0)
		pax_record(out, key, text.data, text.len);
	out->failed |= text.failed;
	pax_buf_done(&text);
	return error;
}

int pax_xattr(struct pax_buf *out, const char *name, struct zb_span value)
{
	char key[2048] = "SCHILY.xattr.";
	size_t at = strlen(key);

	if (strcmp(name, "system.posix_acl_access") == 0)
		return add_acl(out, "SCHILY.acl.access", value);
	if (strcmp(name, "system.posix_acl_default") == 0)
		return add_acl(out, "SCHILY.acl.default", value);
	/* The key ends at the first '='; GNU tar writes and reads it so. */
	for (const char *p = name; *p && at + 4 < sizeof(key); p++) {
		if (*p == '=' || *p == '%')
			at += (size_t)snprintf(key + at, sizeof(key) - at, "%%%02X", *p);
		else
			key[at++] = *p;
	}
	key[at] = '\0';
	pax_record(out, key, value.ptr, value.len);
	return 0;
}

int pax_acl(struct pax_buf *out, const struct zf_ace *aces, unsigned int n)
{
	struct pax_buf text = { 0 };
	char entry[ACE_TEXT_SIZE];
	int error = 0;

	for (unsigned int i = 0; !error && i < n; i++) {
		struct zf_ace ace = aces[i];

		/* Those of other systems' domains are nobody, as owners are. */
		if (ace.who > UINT32_MAX)
			ace.who = PAX_ID_NOBODY;
		error = ace_text(&ace, entry);
		pax_buf_add(&text, ",", i > 0);
		pax_buf_add(&text, entry, strlen(entry));
	}
	if (!error)
		pax_record(out, "SCHILY.acl.ace", text.data, text.len);
	out->failed |= text.failed;
	pax_buf_done(&text);
	return error;
}
