/* SPDX-License-Identifier: BSD-2-Clause */
#include <archive.h>
#include <archive_entry.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include "cmd/ramdisk/modules.h"
#include "cmd/ramdisk/text.h"

#define MAX_MODULE (256U << 20)

/*
 * What nearly every start from a stick needs. The others are packed one by one, so that a start
 * unpacks only those that its machine has devices for.
 */
static const char *const plain_modules[] = {
	"zfs",	    "spl",	    "usb_common",     "usbcore",
	"xhci_hcd", "xhci_pci",	    "ehci_hcd",	      "ehci_pci",
	"uas",	    "usb_storage",  "sd_mod",	      "scsi_common",
	"scsi_mod", "libata",	    "libahci",	      "ahci",
	"dm_mod",   "dm_multipath", "dm_round_robin",
};

struct adder {
	const struct rd_modules *m;
	struct rd_archive *archive;
	int level;
	char real[PATH_MAX]; /* the modules folder without symbolic links */
	struct zb_diag *diag;
};

static int fail_memory(struct adder *a)
{
	return zb_fail(a->diag, ZB_ENOMEM, a->m->folder, ZB_DIAG_NO_OFFSET, "no memory");
}

/* ---- contents of a module ---- */

static int unpack_stream(struct archive *in, struct rd_text *out)
{
	char buf[65536];
	la_ssize_t n;

	while ((n = archive_read_data(in, buf, sizeof(buf))) > 0) {
		if (out->len + (size_t)n > MAX_MODULE)
			return ZB_E2BIG;
		if (!rd_text_add(out, buf, (size_t)n))
			return ZB_ENOMEM;
	}
	return n < 0 ? ZB_ECORRUPT : 0;
}

/* The data of .ko.xz, .ko.gz or .ko.zst, which libarchive tells apart; .ko as it is. */
static int unpack(const uint8_t *data, size_t len, struct rd_text *out)
{
	struct archive *in = archive_read_new();
	struct archive_entry *entry;
	int r = in ? 0 : ZB_ENOMEM;

	if (r == 0 && (archive_read_support_format_raw(in) != ARCHIVE_OK ||
		       archive_read_support_filter_xz(in) < ARCHIVE_WARN ||
		       archive_read_support_filter_gzip(in) < ARCHIVE_WARN ||
		       archive_read_support_filter_zstd(in) < ARCHIVE_WARN))
		r = ZB_ENOTSUP;
	if (r == 0 && (archive_read_open_memory(in, data, len) != ARCHIVE_OK ||
		       archive_read_next_header(in, &entry) != ARCHIVE_OK))
		r = ZB_ECORRUPT;
	if (r == 0)
		r = unpack_stream(in, out);
	archive_read_free(in);
	return r;
}

static int load(struct adder *a, const struct rd_module *mod, struct rd_text *out)
{
	char path[PATH_MAX];
	uint8_t *data;
	size_t len;
	int r;

	snprintf(path, sizeof(path), "%s/%s", a->m->folder, mod->file);
	r = rd_tree_read(a->m->tree, path, &data, &len, a->diag);
	if (r < 0)
		return r;
	r = unpack(data, len, out);
	free(data);
	if (r == 0 && (out->len < 64 || memcmp(out->text, ELFMAG, SELFMAG) != 0))
		r = ZB_ECORRUPT;
	if (r < 0)
		return zb_fail(a->diag, r, path, ZB_DIAG_NO_OFFSET,
			       "cannot unpack the module: %s", zb_error_text(r));
	return 0;
}

/* ---- firmware ---- */

/* A kernel can read it compressed, so it stays as it is. Absent firmware is no error. */
static int add_firmware(struct adder *a, const char *name)
{
	static const char *const folders[] = { "/lib/firmware/updates", "/lib/firmware" };
	static const char *const suffixes[] = { "", ".zst", ".xz" };

	for (unsigned int i = 0; i < 2; i++)
		for (unsigned int k = 0; k < 3; k++) {
			char path[PATH_MAX];

			snprintf(path, sizeof(path), "%s/%s%s", folders[i], name,
				 suffixes[k]);
			if (rd_tree_exists(a->m->tree, path))
				return rd_tree_add(a->m->tree, a->archive, path, a->diag);
		}
	return 0;
}

/* .modinfo holds "key=value" strings, each with its 0 byte. */
static int add_modinfo_firmware(struct adder *a, const char *info, size_t len)
{
	int r = 0;

	for (size_t at = 0; at < len && r == 0; at += strnlen(info + at, len - at) + 1)
		if (len - at > 9 && memcmp(info + at, "firmware=", 9) == 0 &&
		    memchr(info + at, 0, len - at))
			r = add_firmware(a, info + at + 9);
	return r;
}

static int scan_firmware(struct adder *a, struct rd_text *module)
{
	Elf *e = elf_memory(module->text, module->len);
	Elf_Scn *scn = NULL;
	size_t names;
	int r = 0;

	if (e && elf_getshdrstrndx(e, &names) == 0)
		while (r == 0 && (scn = elf_nextscn(e, scn))) {
			GElf_Shdr shdr;
			Elf_Data *data;
			const char *name;

			if (!gelf_getshdr(scn, &shdr))
				continue;
			name = elf_strptr(e, names, shdr.sh_name);
			if (!name || strcmp(name, ".modinfo") != 0)
				continue;
			data = elf_rawdata(scn, NULL);
			if (data)
				r = add_modinfo_firmware(a, data->d_buf, data->d_size);
		}
	elf_end(e);
	return r;
}

static bool is_plain(const struct rd_module *mod)
{
	for (size_t i = 0; i < sizeof(plain_modules) / sizeof(plain_modules[0]); i++)
		if (strcmp(mod->name, plain_modules[i]) == 0)
			return true;
	return false;
}

static const char *name_end(const struct rd_module *mod)
{
	return is_plain(mod) ? ".ko" : ".ko.zst";
}

/* In place of the text comes a zstd frame that tells its length. */
static int pack(struct adder *a, const struct rd_module *mod, struct rd_text *text)
{
	size_t room = ZSTD_compressBound(text->len), len;
	char *packed = malloc(room);

	if (!packed)
		return fail_memory(a);
	len = ZSTD_compress(packed, room, text->text, text->len, a->level);
	free(text->text);
	*text = (struct rd_text){ .text = packed, .len = len };
	return ZSTD_isError(len)
		       ? zb_fail(a->diag, ZB_ENOMEM, mod->file, ZB_DIAG_NO_OFFSET,
				 "cannot compress it: %s", ZSTD_getErrorName(len))
		       : 0;
}

static int add_module(struct adder *a, const struct rd_module *mod)
{
	const char *suffix = strstr(mod->file, ".ko");
	struct rd_text text = { NULL };
	char path[PATH_MAX + 512];
	int r = load(a, mod, &text);

	if (r == 0)
		r = scan_firmware(a, &text);
	if (r == 0 && !is_plain(mod))
		r = pack(a, mod, &text);
	if (r < 0) {
		free(text.text);
		return r;
	}
	snprintf(path, sizeof(path), "%s/%.*s%s", a->real,
		 suffix ? (int)(suffix - mod->file) : 500, mod->file, name_end(mod));
	r = rd_archive_file(a->archive, path, 0644, (uint8_t *)text.text, text.len);
	return r < 0 ? fail_memory(a) : 0;
}

/* ---- depmod's files, reduced ---- */

/* "kernel/a.ko.xz" as "kernel/a" with another end. */
static bool add_name(struct rd_text *t, const char *file, const char *end)
{
	const char *suffix = strstr(file, ".ko");

	return rd_text_add(t, file, suffix ? (size_t)(suffix - file) : strlen(file)) &&
	       rd_text_add(t, end, strlen(end));
}

static bool add_dep_line(struct rd_text *t, const struct rd_module *mod)
{
	char file[512];
	bool ok = add_name(t, mod->file, name_end(mod)) && rd_text_add(t, ":", 1);

	/* Only the names of those matter. */
	for (unsigned int i = 0; ok && rd_text_get(mod->deps, i, file, sizeof(file)); i++)
		ok = rd_text_add(t, " ", 1) && add_name(t, file, ".ko");
	return ok && rd_text_add(t, "\n", 1);
}

static bool dep_text(const struct rd_modules *m, struct rd_text *t)
{
	bool ok = true;

	for (size_t i = 0; ok && i < m->n; i++)
		if (m->mods[i].wanted)
			ok = add_dep_line(t, &m->mods[i]);
	return ok;
}

/* The lines whose word `at` names a wanted module. */
static bool reduced_text(const struct rd_modules *m, const char *from, unsigned int at,
			 struct rd_text *t)
{
	bool ok = rd_text_add(t, "", 0);

	for (const char *line = from; ok && *line; line = rd_text_next(line)) {
		char raw[128], name[128];
		struct rd_module *mod;

		if (line[0] == '#' || !rd_text_get(line, at, raw, sizeof(raw)))
			continue;
		rd_module_name(raw, strlen(raw), name, sizeof(name));
		mod = rd_modules_find(m, name);
		if (mod && mod->wanted)
			ok = rd_text_add(t, line, rd_text_len(line)) &&
			     rd_text_add(t, "\n", 1);
	}
	return ok;
}

/* Takes the text of t, made well or not. */
static int add_text(struct adder *a, const char *folder, const char *name, bool ok,
		    struct rd_text *t)
{
	char path[PATH_MAX];

	if (!ok) {
		free(t->text);
		return fail_memory(a);
	}
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (rd_archive_file(a->archive, path, 0644, (uint8_t *)t->text, t->len) < 0)
		return fail_memory(a);
	return 0;
}

static int add_texts(struct adder *a)
{
	const struct rd_modules *m = a->m;
	struct rd_text dep = { NULL }, alias = { NULL }, soft = { NULL };
	struct rd_text builtin = { NULL }, conf = { NULL };
	int r = add_text(a, a->real, "modules.dep", dep_text(m, &dep), &dep);

	if (r == 0)
		r = add_text(a, a->real, "modules.alias",
			     reduced_text(m, m->alias, 2, &alias), &alias);
	if (r == 0)
		r = add_text(a, a->real, "modules.softdep",
			     reduced_text(m, m->softdep, 1, &soft), &soft);
	if (r == 0)
		r = add_text(a, a->real, "modules.builtin",
			     rd_text_add(&builtin, m->builtin, strlen(m->builtin)),
			     &builtin);
	if (r == 0)
		r = add_text(a, "etc/modprobe.d", "zlive.conf",
			     reduced_text(m, m->options, 1, &conf), &conf);
	return r;
}

int rd_modules_add(const struct rd_modules *m, struct rd_archive *archive,
		   unsigned int level, struct zb_diag *diag)
{
	struct adder a = {
		.m = m, .archive = archive, .level = (int)level, .diag = diag
	};
	int r = rd_tree_resolve(m->tree, m->folder, archive, a.real, diag);

	elf_version(EV_CURRENT);
	for (size_t i = 0; r == 0 && i < m->n; i++)
		if (m->mods[i].wanted)
			r = add_module(&a, &m->mods[i]);
	return r < 0 ? r : add_texts(&a);
}
