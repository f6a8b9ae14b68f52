/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/embed.h"

/* Made of the file by tools/embed.S. */
extern const uint8_t embed_loader_start[], embed_loader_end[];

struct zb_span embed_loader(void)
{
	return zb_span(embed_loader_start,
		       (size_t)(embed_loader_end - embed_loader_start));
}
