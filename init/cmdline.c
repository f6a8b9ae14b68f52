/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "init/cmdline.h"

#define DEGRADED_WAIT 10

const char *zi_cmdline_word(const char *text, char *buf, size_t size)
{
	for (;;) {
		bool quoted = false;
		size_t n = 0;

		while (isspace((unsigned char)*text))
			text++;
		if (!*text)
			return NULL;
		for (; *text && (quoted || !isspace((unsigned char)*text)); text++) {
			if (*text == '"')
				quoted = !quoted;
			else if (n < size)
				buf[n++] = *text;
		}
		if (n < size) {
			buf[n] = 0;
			return text;
		}
	}
}

static bool parse_number(const char *text, uint64_t *ret_v)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || end == text || *end || !isdigit((unsigned char)text[0]))
		return false;
	*ret_v = v;
	return true;
}

static bool parse_text(const char *text, char *buf, size_t size)
{
	if (strlen(text) >= size)
		return false;
	strcpy(buf, text);
	return true;
}

/* 8-4-4-4-12 hexadecimal digits. */
static bool parse_part(const char *text, char buf[40])
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strlen(text) != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; shape[i]; i++)
		if (shape[i] == '-' ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	for (size_t i = 0; i < sizeof(shape); i++)
		buf[i] = (char)tolower((unsigned char)text[i]);
	return true;
}

static bool parse_mode(const char *text, enum zi_mode *ret_mode)
{
	static const char *const names[] = { "persistent", "ephemeral", "toram" };

	for (int i = 0; i < 3; i++)
		if (strcmp(text, names[i]) == 0) {
			*ret_mode = (enum zi_mode)i;
			return true;
		}
	return false;
}

static bool parse_bus(const char *text, enum zi_bus *ret_bus)
{
	*ret_bus = strcmp(text, "usb") == 0 ? ZI_BUS_USB : ZI_BUS_OTHER;
	return *ret_bus == ZI_BUS_USB || strcmp(text, "other") == 0;
}

/*
 * "ZFS=pool/ds" is initramfs-tools' spelling, "zfs:pool/ds" dracut's. Other values are some
 * other program's business: the pool's bootfs it is then.
 */
static bool parse_root(const char *text, char *buf, size_t size)
{
	const char *name;

	if (strncasecmp(text, "zfs=", 4) != 0 && strncasecmp(text, "zfs:", 4) != 0)
		return true;
	name = text + 4;
	if (strcasecmp(name, "auto") == 0)
		name = "";
	return parse_text(name, buf, size);
}

void zi_cmdline_forget_disk(struct zi_options *o)
{
	o->vdev = o->txg = o->size = o->copies = 0;
	o->bus = ZI_BUS_UNKNOWN;
	o->part[0] = '\0';
}

/* Whoever names another pool behind the loader's words does not want its disk and dataset. */
static bool parse_pool(struct zi_options *o, const char *value)
{
	uint64_t before = o->pool;

	if (!parse_number(value, &o->pool))
		return false;
	if (before && o->pool != before) {
		zi_cmdline_forget_disk(o);
		o->root[0] = '\0';
	}
	return true;
}

/* False if the word is ours and its value makes no sense. */
static bool take_value(struct zi_options *o, const char *key, const char *value)
{
	if (strcmp(key, "zlive.pool") == 0)
		return parse_pool(o, value);
	if (strcmp(key, "zlive.vdev") == 0)
		return parse_number(value, &o->vdev);
	if (strcmp(key, "zlive.txg") == 0)
		return parse_number(value, &o->txg);
	if (strcmp(key, "zlive.bus") == 0)
		return parse_bus(value, &o->bus);
	if (strcmp(key, "zlive.size") == 0)
		return parse_number(value, &o->size);
	if (strcmp(key, "zlive.copies") == 0)
		return parse_number(value, &o->copies);
	if (strcmp(key, "zlive.part") == 0)
		return parse_part(value, o->part);
	if (strcmp(key, "zlive.wait") == 0)
		return parse_number(value, &o->wait);
	if (strcmp(key, "zlive.degraded_wait") == 0)
		return parse_number(value, &o->degraded_wait);
	if (strcmp(key, "zlive.mode") == 0)
		return parse_mode(value, &o->mode);
	if (strcmp(key, "root") == 0)
		return parse_root(value, o->root, sizeof(o->root));
	if (strcmp(key, "init") == 0)
		return parse_text(value, o->init, sizeof(o->init));
	if (strcmp(key, "break") == 0)
		return parse_text(value, o->stop, sizeof(o->stop));
	if (strcmp(key, "loglevel") == 0)
		o->keep_loglevel = true;
	return true;
}

static void take_flag(struct zi_options *o, const char *word)
{
	if (strcmp(word, "zlive.ro") == 0)
		o->read_only = true;
	else if (strcmp(word, "zlive.debug") == 0)
		o->debug = true;
	else if (strcmp(word, "debug") == 0 || strcmp(word, "ignore_loglevel") == 0)
		o->keep_loglevel = true;
	else if (strcmp(word, "break") == 0)
		strcpy(o->stop, "import");
}

int zi_cmdline_parse(const char *text, struct zi_options *ret_options,
		     struct zb_diag *diag)
{
	char word[1024];
	int r = 0;

	*ret_options = (struct zi_options){ .degraded_wait = DEGRADED_WAIT };
	while ((text = zi_cmdline_word(text, word, sizeof(word)))) {
		char *value = strchr(word, '=');

		if (!value) {
			take_flag(ret_options, word);
			continue;
		}
		*value++ = 0;
		if (!take_value(ret_options, word, value) && r == 0)
			r = zb_fail(diag, ZB_EINVAL, word, ZB_DIAG_NO_OFFSET,
				    "'%s' on the kernel command line makes no sense",
				    value);
	}
	return r;
}
