/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/error.h"

const char *zb_error_text(int error)
{
	switch (error) {
	case 0:
		return "no error";
	case ZB_ENOENT:
		return "not found";
	case ZB_EINTR:
		return "interrupted";
	case ZB_EIO:
		return "input/output error";
	case ZB_E2BIG:
		return "beyond a limit";
	case ZB_EAGAIN:
		return "changed while it was read";
	case ZB_ENOMEM:
		return "out of memory";
	case ZB_EACCES:
		return "permission denied";
	case ZB_EBUSY:
		return "in use";
	case ZB_EEXIST:
		return "exists already";
	case ZB_ENODEV:
		return "device missing";
	case ZB_ENOTDIR:
		return "not a directory";
	case ZB_EISDIR:
		return "is a directory";
	case ZB_EINVAL:
		return "invalid argument";
	case ZB_ENOSPC:
		return "no space";
	case ZB_ENAMETOOLONG:
		return "name too long";
	case ZB_ELOOP:
		return "a loop, or too many levels of links";
	case ZB_ECKSUM:
		return "checksum mismatch";
	case ZB_EBADMAC:
		return "authentication failed";
	case ZB_ENOTSUP:
		return "unsupported";
	case ZB_EREDACTED:
		return "redacted: its data were never received";
	case ZB_ECORRUPT:
		return "corrupt";
	case ZB_EKEY:
		return "encryption key missing or wrong";
	default:
		return "unknown error";
	}
}
