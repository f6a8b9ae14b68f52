/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_EMBED_H
#define ZLIVE_EMBED_H

#include "base/span.h"

/* What the program carries within itself, so that the one file makes sticks. */

/* BOOTX64.EFI */
struct zb_span embed_loader(void);

/* share/debian, as a tar */
struct zb_span embed_share(void);

#endif
