/* SPDX-License-Identifier: BSD-2-Clause */
#include <archive.h>
#include <archive_entry.h>
#include "host/lazy.h"

/* The functions of libarchive that are used here. It brings a dozen other libraries along. */
#define LIB	  "libarchive.so.13"
#define A	  struct archive *a
#define E	  struct archive_entry *e
#define OF_A(fn)  ZH_LAZY(LIB, int, fn, (A), (a))
#define NEW(fn)	  ZH_LAZY(LIB, struct archive *, fn, (void), ())
#define TEXT(fn)  ZH_LAZY(LIB, const char *, fn, (E), (e))
#define TYPE(fn)  ZH_LAZY(LIB, mode_t, fn, (E), (e))
#define INT64(fn) ZH_LAZY(LIB, la_int64_t, fn, (E), (e))
#define DEV(fn)	  ZH_LAZY(LIB, dev_t, fn, (E), (e))
#define SET(fn)	  ZH_LAZY(LIB, void, fn, (E, const char *text), (e, text))
#define SET64(fn) ZH_LAZY(LIB, void, fn, (E, la_int64_t n), (e, n))

/* ---- entries ---- */

ZH_LAZY(LIB, struct archive_entry *, archive_entry_new, (void), ())
ZH_LAZY(LIB, void, archive_entry_free, (E), (e))
TYPE(archive_entry_filetype)
TYPE(archive_entry_mode)
INT64(archive_entry_gid)
INT64(archive_entry_uid)
INT64(archive_entry_size)
DEV(archive_entry_rdevmajor)
DEV(archive_entry_rdevminor)
TEXT(archive_entry_hardlink)
TEXT(archive_entry_pathname)
TEXT(archive_entry_symlink)
ZH_LAZY(LIB, time_t, archive_entry_mtime, (E), (e))
ZH_LAZY(LIB, long, archive_entry_mtime_nsec, (E), (e))
ZH_LAZY(LIB, int, archive_entry_acl_count, (E, int type), (e, type))
ZH_LAZY(LIB, int, archive_entry_acl_reset, (E, int type), (e, type))
ZH_LAZY(LIB, int, archive_entry_acl_next,
	(E, int want, int *type, int *perm, int *tag, int *id, const char **name),
	(e, want, type, perm, tag, id, name))
ZH_LAZY(LIB, int, archive_entry_xattr_reset, (E), (e))
ZH_LAZY(LIB, int, archive_entry_xattr_next,
	(E, const char **name, const void **value, size_t *len), (e, name, value, len))
SET(archive_entry_set_gname)
SET(archive_entry_set_pathname)
SET(archive_entry_set_symlink)
SET(archive_entry_set_uname)
SET64(archive_entry_set_gid)
SET64(archive_entry_set_size)
SET64(archive_entry_set_uid)
ZH_LAZY(LIB, void, archive_entry_set_mode, (E, mode_t mode), (e, mode))
ZH_LAZY(LIB, void, archive_entry_set_mtime, (E, time_t t, long ns), (e, t, ns))

/* ---- both ways ---- */

OF_A(archive_format)
ZH_LAZY(LIB, const char *, archive_error_string, (A), (a))
ZH_LAZY(LIB, la_int64_t, archive_filter_bytes, (A, int n), (a, n))

/* ---- reading ---- */

NEW(archive_read_new)
OF_A(archive_read_free)
OF_A(archive_read_support_filter_all)
OF_A(archive_read_support_filter_gzip)
OF_A(archive_read_support_filter_xz)
OF_A(archive_read_support_filter_zstd)
OF_A(archive_read_support_format_raw)
OF_A(archive_read_support_format_tar)
ZH_LAZY(LIB, int, archive_read_open,
	(A, void *data, archive_open_callback *open, archive_read_callback *read,
	 archive_close_callback *close),
	(a, data, open, read, close))
ZH_LAZY(LIB, int, archive_read_open_memory, (A, const void *p, size_t n), (a, p, n))
ZH_LAZY(LIB, int, archive_read_next_header, (A, struct archive_entry **e), (a, e))
ZH_LAZY(LIB, la_int64_t, archive_read_header_position, (A), (a))
ZH_LAZY(LIB, la_ssize_t, archive_read_data, (A, void *p, size_t n), (a, p, n))
ZH_LAZY(LIB, int, archive_read_data_block,
	(A, const void **p, size_t *n, la_int64_t *offset), (a, p, n, offset))

/* ---- writing ---- */

NEW(archive_write_new)
OF_A(archive_write_free)
OF_A(archive_write_close)
OF_A(archive_write_add_filter_gzip)
OF_A(archive_write_set_format_ar_bsd)
OF_A(archive_write_set_format_gnutar)
ZH_LAZY(LIB, int, archive_write_open,
	(A, void *data, archive_open_callback *open, archive_write_callback *write,
	 archive_close_callback *close),
	(a, data, open, write, close))
ZH_LAZY(LIB, int, archive_write_set_bytes_in_last_block, (A, int n), (a, n))
ZH_LAZY(LIB, int, archive_write_set_filter_option,
	(A, const char *m, const char *o, const char *v), (a, m, o, v))
ZH_LAZY(LIB, int, archive_write_header, (A, E), (a, e))
ZH_LAZY(LIB, la_ssize_t, archive_write_data, (A, const void *p, size_t n), (a, p, n))
