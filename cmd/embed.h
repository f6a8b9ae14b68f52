/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_EMBED_H
#define ZLIVE_EMBED_H

#include "base/span.h"

/* What the program carries within itself, so that the one file makes sticks. */

/* BOOTX64.EFI */
struct zb_span embed_loader(void);

/* The boot code of the MBR, 440 bytes, and what it loads, for BIOS machines */
struct zb_span embed_mbr(void);
struct zb_span embed_stage2(void);

/* share/debian, as a tar */
struct zb_span embed_share(void);

#endif
