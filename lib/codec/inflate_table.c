/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/inflate_internal.h"

/* Decoding tables of DEFLATE's prefix codes, RFC 1951 sections 3.2.2 and 3.2.5. */

uint32_t zc_inflate_litlen_entry(unsigned int symbol)
{
	static const uint16_t base[29] = { 3,  4,  5,  6,   7,	 8,   9,   10,	11, 13,
					   15, 17, 19, 23,  27,	 31,  35,  43,	51, 59,
					   67, 83, 99, 115, 131, 163, 195, 227, 258 };
	static const uint8_t extra[29] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
					   2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0 };

	if (symbol < DEFLATE_END)
		return symbol << 16 | INFLATE_LITERAL;
	if (symbol == DEFLATE_END)
		return INFLATE_END;
	symbol -= DEFLATE_END + 1;
	return symbol < 29 ? (uint32_t)base[symbol] << 16 | (uint32_t)extra[symbol] << 8
			   : INFLATE_INVALID;
}

uint32_t zc_inflate_dist_entry(unsigned int symbol)
{
	unsigned int extra = symbol < 4 ? 0 : symbol / 2 - 1;
	uint32_t base = symbol < 4 ? symbol + 1 : ((2 + symbol % 2) << extra) + 1;

	return symbol < 30 ? base << 16 | extra << 8 : INFLATE_INVALID;
}

uint32_t zc_inflate_length_entry(unsigned int symbol)
{
	return symbol << 16;
}

/* Codes are sent from their highest bit, so tables are indexed by reversed ones. */
static unsigned int next_reversed(unsigned int code, unsigned int len)
{
	unsigned int bit = 1u << (len - 1);

	while (code & bit)
		bit >>= 1;
	return bit ? (code & (bit - 1)) + bit : 0;
}

/* Bits of the second table for the codes of one prefix, the first of which has `len` bits. */
static unsigned int link_bits(const uint16_t *count, unsigned int len, unsigned int root)
{
	int left = 1 << (len - root);

	while (len < DEFLATE_MAX_BITS) {
		left -= count[len];
		if (left <= 0)
			break;
		len++;
		left <<= 1;
	}
	return len - root;
}

/* Counts the lengths, sorts the symbols by them; the number used, or ZB_ECORRUPT. */
static int sort_symbols(const uint8_t *lens, unsigned int n, bool whole, uint16_t *sorted,
			uint16_t count[DEFLATE_MAX_BITS + 1])
{
	uint16_t at[DEFLATE_MAX_BITS + 2] = { 0 };
	int left = 1;

	for (unsigned int i = 0; i < n; i++)
		count[lens[i]]++;
	for (unsigned int len = 1; len <= DEFLATE_MAX_BITS; len++) {
		left = 2 * left - count[len];
		if (left < 0)
			return ZB_ECORRUPT;
		at[len + 1] = (uint16_t)(at[len] + count[len]);
	}
	if (left > 0 && count[0] != n &&
	    (whole || count[1] != 1 || at[DEFLATE_MAX_BITS + 1] != 1))
		return ZB_ECORRUPT;
	for (unsigned int i = 0; i < n; i++) {
		if (lens[i])
			sorted[at[lens[i]]++] = (uint16_t)i;
	}
	return (int)(n - count[0]);
}

int zc_inflate_build(uint32_t *table, size_t size, unsigned int root, const uint8_t *lens,
		     unsigned int n, inflate_entry_fn entry, bool whole, uint16_t *sorted)
{
	unsigned int mask = (1u << root) - 1, code = 0, prefix = UINT32_MAX, bits = root;
	uint16_t count[DEFLATE_MAX_BITS + 1] = { 0 };
	int used = sort_symbols(lens, n, whole, sorted, count);
	size_t start = 0, end = (size_t)1 << root;

	if (used < 0)
		return used;
	for (size_t i = 0; i < end; i++)
		table[i] = INFLATE_INVALID | 1;
	for (int i = 0; i < used; i++) {
		unsigned int len = lens[sorted[i]], skip = len > root ? root : 0;
		uint32_t e = entry(sorted[i]) | len;

		if (skip && (code & mask) != prefix) {
			prefix = code & mask;
			bits = link_bits(count, len, root);
			start = end;
			end += (size_t)1 << bits;
			if (end > size)
				return ZB_ECORRUPT;
			table[prefix] = (uint32_t)start << 16 | INFLATE_LINK | bits << 8;
		}
		for (size_t k = code >> skip; k < (size_t)1 << bits;
		     k += (size_t)1 << (len - skip))
			table[start + k] = e;
		count[len]--;
		code = next_reversed(code, len);
	}
	return 0;
}
