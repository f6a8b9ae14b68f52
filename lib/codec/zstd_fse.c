/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/copy.h"
#include "codec/zstd_internal.h"

/* FSE tables, RFC 8878 section 4.1. */

/* Up to 4 bytes at a byte offset, those beyond the end read as zero. */
static uint32_t load_padded(struct zb_span s, size_t off)
{
	uint32_t v = 0;

	for (size_t i = 0; i < 4 && off + i < s.len; i++)
		v |= (uint32_t)s.ptr[off + i] << 8 * i;
	return v;
}

/* n bits, at most 24, at a bit position of a forward, little-endian bit stream. */
static uint32_t peek_bits(struct zb_span s, size_t bit, unsigned int n)
{
	return load_padded(s, bit / 8) >> bit % 8 & ((1u << n) - 1);
}

/* Zero probabilities are followed by 2-bit counts of further ones; 3 means another count. */
static unsigned int skip_zeros(struct zb_span s, size_t *bit)
{
	unsigned int n = 0, step;

	do {
		step = peek_bits(s, *bit, 2);
		*bit += 2;
		n += step;
	} while (step == 3 && n < FSE_SYMBOLS);
	return n;
}

/*
 * One value in 0 .. left + 1, where left is what remains to be given out. With w bits for the
 * largest, the lower part of the range has spare codes: those values take w - 1 bits.
 */
static uint32_t read_value(struct zb_span s, size_t *bit, uint32_t left)
{
	unsigned int w = 32 - (unsigned int)__builtin_clz(left + 1);
	uint32_t half = 1u << (w - 1);
	uint32_t spare = (1u << w) - 1 - (left + 1);
	uint32_t v = peek_bits(s, *bit, w);

	if ((v & (half - 1)) < spare) {
		*bit += w - 1;
		return v & (half - 1);
	}
	*bit += w;
	return v < half ? v : v - spare;
}

int zc_fse_read(struct zb_span *s, const struct fse_codes *codes,
		int16_t norm[FSE_SYMBOLS], unsigned int *ret_log)
{
	unsigned int log = peek_bits(*s, 0, 4) + 5, sym = 0;
	uint32_t left = 1u << log;
	size_t bit = 4;

	if (s->len == 0 || log > codes->max_log)
		return ZB_ECORRUPT;
	__builtin_memset(norm, 0, FSE_SYMBOLS * sizeof(norm[0]));
	while (left > 0) {
		int p;

		if (sym >= codes->symbols || bit > s->len * 8)
			return ZB_ECORRUPT;
		p = (int)read_value(*s, &bit, left) - 1;
		left -= p < 0 ? 1 : (uint32_t)p;
		norm[sym++] = (int16_t)p;
		if (p == 0)
			sym += skip_zeros(*s, &bit);
	}
	if (sym > codes->symbols)
		return ZB_ECORRUPT;
	*ret_log = log;
	return zb_span_sub(*s, (bit + 7) / 8, s->len - (bit + 7) / 8, s);
}

/*
 * Deals the states to the symbols: those of probability "less than 1" get one each from the
 * end, the others theirs in strides that visit every remaining state once.
 */
static void spread(const int16_t *norm, unsigned int symbols, unsigned int log,
		   uint8_t *symbol, uint16_t *next)
{
	unsigned int size = 1u << log, mask = size - 1, pos = 0, high = size;
	unsigned int step = (size >> 1) + (size >> 3) + 3;

	for (unsigned int s = 0; s < symbols; s++) {
		next[s] = (uint16_t)(norm[s] < 0 ? 1 : norm[s]);
		if (norm[s] < 0)
			symbol[--high] = (uint8_t)s;
	}
	for (unsigned int s = 0; s < symbols; s++) {
		for (int i = 0; i < norm[s]; i++) {
			symbol[pos] = (uint8_t)s;
			do
				pos = (pos + step) & mask;
			while (pos >= high);
		}
	}
}

void zc_fse_build(struct zstd_workspace *ws, const struct fse_codes *codes,
		  const int16_t *norm, unsigned int log, struct fse_entry *table)
{
	unsigned int size = 1u << log;

	spread(norm, codes->symbols, log, ws->symbol, ws->next);
	for (unsigned int i = 0; i < size; i++) {
		unsigned int s = ws->symbol[i], x = ws->next[s]++;
		unsigned int nbits = log - (31 - (unsigned int)__builtin_clz(x));

		table[i] = (struct fse_entry){
			.base = codes->base ? codes->base[s] : s,
			.extra = codes->extra ? codes->extra[s] : 0,
			.next = (uint16_t)((x << nbits) - size),
			.nbits = (uint8_t)nbits,
		};
	}
}
