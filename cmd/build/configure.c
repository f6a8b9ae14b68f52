/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd/build/configure.h"
#include "cmd/build/user.h"

static int no_memory(struct zb_diag *diag)
{
	return zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "no memory");
}

static int put_line(struct overlay *o, const char *path, const char *value)
{
	char line[512];
	int n = snprintf(line, sizeof(line), "%s\n", value);

	return overlay_file(o, path, 0644, line, (size_t)n);
}

static void zone_path(const struct configure *c, char *buf, size_t size)
{
	snprintf(buf, size, "usr/share/zoneinfo/%s", c->options->timezone);
}

static int timezone_before(const struct configure *c)
{
	char path[300], target[302];
	int r;

	zone_path(c, path, sizeof(path));
	snprintf(target, sizeof(target), "/%s", path);
	r = overlay_watch(c->overlay, path);
	if (r >= 0)
		r = overlay_symlink(c->overlay, "etc/localtime", target);
	if (r >= 0)
		r = put_line(c->overlay, "etc/timezone", c->options->timezone);
	return r;
}

/* Debian 13 has the second as a link to the first; older ones know only the second. */
static int locale_before(const struct configure *c)
{
	char line[300];
	int r;

	snprintf(line, sizeof(line), "LANG=%s", c->options->locale);
	r = put_line(c->overlay, "etc/locale.conf", line);
	if (r >= 0)
		r = put_line(c->overlay, "etc/default/locale", line);
	return r;
}

int configure_before(const struct configure *c, struct zb_diag *diag)
{
	const struct build_options *o = c->options;
	uint8_t hostid[4];
	int r;

	/* Four bytes in the machine's order, as sethostid(3) leaves them. */
	zb_store32(hostid, ZB_LE, zh_seed_hostid(c->seed));
	r = overlay_file(c->overlay, "etc/hostid", 0644, hostid, sizeof(hostid));
	if (r >= 0 && o->hostname)
		r = put_line(c->overlay, "etc/hostname", o->hostname);
	if (r >= 0 && o->hostname)
		r = overlay_keep(c->overlay, "etc/hosts", 0644, 0);
	if (r >= 0 && o->timezone)
		r = timezone_before(c);
	if (r >= 0 && o->locale)
		r = locale_before(c);
	if (r >= 0)
		r = user_before(c);
	return r < 0 ? no_memory(diag) : 0;
}

/* The name resolves without a network: Debian's convention is 127.0.1.1. */
static int hosts_after(const struct configure *c, struct zb_diag *diag)
{
	struct text *hosts = overlay_text(c->overlay, "etc/hosts");
	char line[128];
	size_t at, len;
	int n;

	n = snprintf(line, sizeof(line), "127.0.1.1\t%s", c->options->hostname);
	if (hosts->len == 0)
		text_format(hosts, "127.0.0.1\tlocalhost\n::1\t\tlocalhost\n");
	if (text_find_line(hosts, '\t', "127.0.1.1", &at, &len)) {
		text_replace(hosts, at, len, line, (size_t)n);
	} else {
		text_end_line(hosts);
		text_format(hosts, "%s\n", line);
	}
	return hosts->failed ? no_memory(diag) : 0;
}

int configure_after(const struct configure *c, struct zb_diag *diag)
{
	char zone[300];
	int r = 0;

	if (c->options->timezone) {
		zone_path(c, zone, sizeof(zone));
		if (!overlay_seen(c->overlay, zone))
			return zb_fail(diag, ZB_ENOENT, zone, ZB_DIAG_NO_OFFSET,
				       "the tree has no such time zone");
	}
	if (c->options->hostname)
		r = hosts_after(c, diag);
	return r < 0 ? r : user_after(c, diag);
}
