/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include "base/diag.h"
#include "base/format.h"

int zb_fail(struct zb_diag *diag, int error, const char *object, uint64_t offset,
	    const char *fmt, ...)
{
	va_list ap;

	if (!diag)
		return error;
	diag->error = error;
	diag->offset = offset;
	zb_format(diag->object, sizeof(diag->object), "%s", object ? object : "");
	va_start(ap, fmt);
	zb_vformat(diag->reason, sizeof(diag->reason), fmt, ap);
	va_end(ap);
	return error;
}

void zb_diag_text(const struct zb_diag *diag, char *buf, uint64_t size)
{
	const char *why = diag->reason[0] ? diag->reason : zb_error_text(diag->error);
	const char *sep = diag->object[0] ? ": " : "";

	if (diag->offset == ZB_DIAG_NO_OFFSET)
		zb_format(buf, (size_t)size, "%s%s%s", diag->object, sep, why);
	else
		zb_format(buf, (size_t)size, "%s%s%s (at byte %llu)", diag->object, sep,
			  why, (unsigned long long)diag->offset);
	/* Names come from pools: a terminal must not take them for commands. */
	for (; size > 0 && *buf; buf++)
		if ((unsigned char)*buf < ' ' || *buf == 0x7f)
			*buf = '?';
}
