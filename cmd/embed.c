/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/embed.h"

/* Made of the files by tools/embed.S. */
extern const uint8_t embed_loader_start[], embed_loader_end[];
extern const uint8_t embed_mbr_start[], embed_mbr_end[];
extern const uint8_t embed_stage2_start[], embed_stage2_end[];
extern const uint8_t embed_share_start[], embed_share_end[];

struct zb_span embed_loader(void)
{
	return zb_span(embed_loader_start,
		       (size_t)(embed_loader_end - embed_loader_start));
}

struct zb_span embed_mbr(void)
{
	return zb_span(embed_mbr_start, (size_t)(embed_mbr_end - embed_mbr_start));
}

struct zb_span embed_stage2(void)
{
	return zb_span(embed_stage2_start,
		       (size_t)(embed_stage2_end - embed_stage2_start));
}

struct zb_span embed_share(void)
{
	return zb_span(embed_share_start, (size_t)(embed_share_end - embed_share_start));
}
