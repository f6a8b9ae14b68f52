/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>
#include "host/size.h"

/* What follows the digits, to the unit it means. */
static int unit_parse(const char *text, uint64_t *ret_unit)
{
	static const char letters[] = "KMGT";
	const char *at;
	uint64_t base = 1024, unit = 1;

	if (strcmp(text, "") == 0 || strcmp(text, "B") == 0) {
		*ret_unit = 1;
		return 0;
	}
	at = *text == 'k' ? letters : strchr(letters, *text);
	if (!at)
		return ZB_EINVAL;
	if (strcmp(text + 1, "B") == 0)
		base = 1000;
	else if (strcmp(text + 1, "") != 0 && strcmp(text + 1, "iB") != 0)
		return ZB_EINVAL;
	for (const char *p = letters; p <= at; p++)
		unit *= base;
	*ret_unit = unit;
	return 0;
}

int zh_size_parse(const char *text, uint64_t *ret_size)
{
	uint64_t whole = 0, fraction = 0, scale = 1, unit, part;
	const char *p = text;

	if (*p < '0' || *p > '9')
		return ZB_EINVAL;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(*p - '0'), &whole))
			return ZB_EINVAL;
	if (*p == '.') {
		for (p++; *p >= '0' && *p <= '9' && scale < 1000000; p++) {
			fraction = fraction * 10 + (uint64_t)(*p - '0');
			scale *= 10;
		}
		if (scale == 1)
			return ZB_EINVAL;
	}
	if (unit_parse(p, &unit) < 0 || __builtin_mul_overflow(whole, unit, &whole))
		return ZB_EINVAL;
	if (fraction && unit == 1)
		return ZB_EINVAL;
	/* fraction < 10^6 and unit <= 2^40, so the product stays within 60 bits. */
	part = fraction * unit / scale;
	if (!zb_add64(whole, part, ret_size))
		return ZB_EINVAL;
	return 0;
}

void zh_size_text(uint64_t bytes, char buf[ZH_SIZE_TEXT])
{
	static const char *const units[] = {
		"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"
	};
	unsigned int u = 0;
	double v = (double)bytes;

	while (v >= 1000 && u < sizeof(units) / sizeof(units[0]) - 1) {
		v /= 1024;
		u++;
	}
	snprintf(buf, ZH_SIZE_TEXT, u > 0 && v < 9.95 ? "%.1f %s" : "%.0f %s", v,
		 units[u]);
}
