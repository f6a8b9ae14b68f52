/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FUZZ_PAX_CHECK_H
#define FUZZ_PAX_CHECK_H

#include "base/span.h"

/*
 * Fails, by FUZZ_ASSERT, if a pax archive is not well-formed: checksums and fields of its headers,
 * the lengths of its records, maps of sparse files and all sizes, names that stay below ".",
 * hard links to what is in the archive. An archive that is not complete may end anywhere.
 * Written from POSIX.1-2001 and GNU tar's manual, on purpose not with the functions that write.
 */
void pax_check(struct zb_span archive, bool complete);

#endif
