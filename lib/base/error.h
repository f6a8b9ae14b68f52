/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZB_ERROR_H
#define ZB_ERROR_H

/*
 * Error values of every layer. A function returns 0 or a count on success and one of these,
 * always negative, on failure. The values equal Linux's negated errno, so that hosted callers
 * can pass them on; the freestanding targets have no errno.h, hence the list.
 */
enum zb_error {
	ZB_ENOENT = -2,	       /* no such object, name, property */
	ZB_EINTR = -4,	       /* the user or a signal stopped it */
	ZB_EIO = -5,	       /* the device failed to read or write */
	ZB_E2BIG = -7,	       /* beyond a limit of ours: depth, count, size */
	ZB_EAGAIN = -11,       /* a source changed while it was read */
	ZB_ENOMEM = -12,       /* no memory */
	ZB_EACCES = -13,       /* not permitted */
	ZB_EBUSY = -16,	       /* in use */
	ZB_EEXIST = -17,       /* exists already */
	ZB_ENODEV = -19,       /* a device of the pool is missing */
	ZB_ENOTDIR = -20,      /* a path component is no directory */
	ZB_EISDIR = -21,       /* a directory where a file was wanted */
	ZB_EINVAL = -22,       /* the caller's arguments */
	ZB_ENOSPC = -28,       /* does not fit */
	ZB_ENAMETOOLONG = -36, /* a name beyond the format's limit */
	ZB_ELOOP = -40,	       /* too many symbolic links, or a cycle on disk */
	ZB_ECKSUM = -52,  /* every copy has a wrong checksum (OpenZFS's ECKSUM, EBADE) */
	ZB_EBADMAC = -74, /* decrypted or keyed, but its MAC is another (EBADMSG) */
	ZB_ENOTSUP = -95, /* a feature, version, algorithm that we cannot read */
	ZB_EREDACTED = -61, /* left out when it was sent redacted (ENODATA) */
	ZB_ECORRUPT = -117, /* checksum fine or absent, but the content makes no sense */
	ZB_EKEY = -126,	    /* encrypted, and the key is missing or wrong (ENOKEY) */
};

#define ZB_MUST_CHECK __attribute__((warn_unused_result))

/* A short text for an error value, "checksum mismatch" say. Never NULL; static storage. */
const char *zb_error_text(int error);

#endif
