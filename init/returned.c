/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "init/returned.h"

/*
 * Half of a mirror may lack the last groups that the other half got before the kernel told
 * that the first was pulled out. OpenZFS brings it what it lacks.
 */
#define BEHIND 4

static enum zi_returned judge_age(const struct zi_member *m, const struct zr_label *l,
				  char *why, size_t size)
{
	uint64_t oldest = m->oldest;

	if (m->passed_on)
		oldest -= oldest < BEHIND ? oldest : BEHIND;
	if (l->uberblock_txg < oldest) {
		snprintf(
			why, size,
			"it is older (transaction group %" PRIu64 ", but %" PRIu64
			" was written): a copy from before, or a drive that lost what it "
			"had confirmed",
			l->uberblock_txg, m->oldest);
		return ZI_RETURNED_REFUSED;
	}
	if (l->uberblock_txg > m->newest) {
		snprintf(why, size,
			 "it was changed on another machine (transaction group %" PRIu64
			 ", but this system wrote none after %" PRIu64 ")",
			 l->uberblock_txg, m->newest);
		return ZI_RETURNED_REFUSED;
	}
	return ZI_RETURNED_IT;
}

enum zi_returned zi_returned_judge(const struct zi_member *m, uint64_t pool,
				   const struct zi_device *dev, uint64_t sectors,
				   char *why, size_t size)
{
	const struct zr_label *l;

	if (dev->probe != ZI_PROBE_DONE || !dev->label)
		return ZI_RETURNED_OTHER;
	l = &dev->label->zr;
	if (l->pool_guid != pool || l->vdev_guid != m->vdev)
		return ZI_RETURNED_OTHER;
	if (zi_devices_shows_partition(dev))
		return ZI_RETURNED_OTHER;
	if (strcmp(dev->label->part, m->part) != 0) {
		snprintf(why, size, "it is a copy: its partition has another GUID");
		return ZI_RETURNED_REFUSED;
	}
	if (sectors < m->sectors) {
		snprintf(why, size, "it is smaller");
		return ZI_RETURNED_REFUSED;
	}
	return judge_age(m, l, why, size);
}

/*
 * A group that is complete, but in which nothing was to be written, leaves no uberblock: every
 * few seconds there is one while nothing happens. A line of the list:
 *
 *	txg birth state ndirty nread nwritten ...
 */
static bool left_nothing(const char *line)
{
	uint64_t dirty, written;

	return sscanf(line, "%*u %*u %*c %" SCNu64 " %*u %" SCNu64, &dirty, &written) ==
		       2 &&
	       dirty == 0 && written == 0;
}

bool zi_returned_groups(const char *txgs, uint64_t *ret_synced, uint64_t *ret_writing)
{
	uint64_t synced = 0, writing = 0, waiting = UINT64_MAX, txg;
	char state;

	for (const char *line = txgs; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "%" SCNu64 " %*u %c", &txg, &state) != 2)
			continue;
		if (state == 'C' && txg > synced && !left_nothing(line))
			synced = txg;
		else if (state == 'S' && txg > writing)
			writing = txg;
		else if (strchr("OQW", state) && txg < waiting)
			waiting = txg;
	}
	if (waiting != UINT64_MAX && waiting > writing)
		writing = waiting - 1;
	*ret_synced = synced;
	*ret_writing = writing > synced ? writing : synced;
	return *ret_writing != 0;
}

/* "2-1.3": bus, and the ports on the way. */
static bool is_usb_port(const char *part, size_t len)
{
	bool dash = false;

	for (size_t i = 0; i < len; i++) {
		if (part[i] == '-' && i > 0)
			dash = true;
		else if (!isdigit((unsigned char)part[i]) && part[i] != '.')
			return false;
	}
	return dash;
}

void zi_returned_place(const char *devpath, char place[32])
{
	place[0] = '\0';
	for (const char *part = devpath; part; part = strchr(part, '/')) {
		size_t len;

		part += *part == '/';
		len = strcspn(part, "/");
		/* The last one: a stick behind hubs. */
		if (len < 24 && is_usb_port(part, len))
			snprintf(place, 32, "usb %.*s", (int)len, part);
		else if (len < 24 && strncmp(part, "mmc", 3) == 0 &&
			 isdigit((unsigned char)part[3]) && !place[0])
			snprintf(place, 32, "%.*s", (int)len, part);
	}
}
