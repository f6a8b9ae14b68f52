/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SEEN_H
#define SEEN_H

#include "fmt/blkptr.h"

/*
 * A program that learns of every block that the reader reads defines this. The linker leads the
 * reader to it, by --wrap=zr_verify_block and --wrap=zr_gang_read (seen_link_args of Meson).
 * A gang block comes once for each copy of its header; its pieces come by themselves.
 */
void seen_block(const struct zf_blkptr *bp);

#endif
