/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZC_INFLATE_INTERNAL_H
#define ZC_INFLATE_INTERNAL_H

#include "codec/decompress.h"

/*
 * Shared by the files inflate*.c only. Decoding tables: the next `root` bits of the stream
 * index a first table; codes that are longer go on in a second one behind it.
 *
 *	31            16 15         12 11     8 7           0
 *	| value         | kind        | extra  | code length |
 *
 * value is a literal, the base of a length or distance, or where a second table starts; extra
 * is the number of bits added to the base, or of those that index the second table.
 */
#define DEFLATE_SYMBOLS	     288
#define DEFLATE_DISTS	     32
#define DEFLATE_LENGTH_CODES 19
#define DEFLATE_MAX_BITS     15
#define DEFLATE_END	     256

#define INFLATE_LITLEN_ROOT  10
#define INFLATE_DIST_ROOT    8
#define INFLATE_LENGTHS_ROOT 7

enum inflate_kind {
	INFLATE_LITERAL = 1u << 12,
	INFLATE_LINK = 1u << 13,
	INFLATE_END = 1u << 14,
	INFLATE_INVALID = 1u << 15,
};

static inline unsigned int inflate_bits(uint32_t e)
{
	return e & 0xff;
}

static inline unsigned int inflate_extra(uint32_t e)
{
	return e >> 8 & 15;
}

static inline unsigned int inflate_value(uint32_t e)
{
	return e >> 16;
}

struct inflate_workspace {
	/* the largest a complete code can need is 1334 and 402 */
	uint32_t litlen[1536], dist[512], lengths[1 << INFLATE_LENGTHS_ROOT];
	uint16_t sorted[DEFLATE_SYMBOLS];
	uint8_t lens[DEFLATE_SYMBOLS + DEFLATE_DISTS];
};

/* What a symbol stands for: an entry without the code length. */
typedef uint32_t (*inflate_entry_fn)(unsigned int symbol);
uint32_t zc_inflate_litlen_entry(unsigned int symbol);
uint32_t zc_inflate_dist_entry(unsigned int symbol);
uint32_t zc_inflate_length_entry(unsigned int symbol);

/*
 * Makes the table of the canonical code whose n symbols have the lengths lens[]. A code that
 * says too much is refused; one that says too little only if it is a single symbol of one bit
 * or, with no symbol at all, cannot be used; `whole` refuses the former, too.
 */
ZB_MUST_CHECK int zc_inflate_build(uint32_t *table, size_t size, unsigned int root,
				   const uint8_t *lens, unsigned int n,
				   inflate_entry_fn entry, bool whole, uint16_t *sorted);

#endif
