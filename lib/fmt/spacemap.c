/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/spacemap.h"

#define WORD	   8
#define OFF_LENGTH 8

enum prefix {
	PREFIX_DEBUG = 2,
	PREFIX_TWO_WORDS = 3, /* 0 and 1 are entries of one */
};

static uint64_t bits(uint64_t word, unsigned int low, unsigned int n)
{
	return word >> low & ((1ULL << n) - 1);
}

int zf_spacemap_length(struct zb_span bonus, enum zb_endian e, uint64_t *ret_length)
{
	uint64_t length;

	if (bonus.len < ZF_SPACEMAP_HEADER_SIZE ||
	    zb_span_u64(bonus, OFF_LENGTH, e, &length) || length % WORD != 0)
		return ZB_ECORRUPT;
	*ret_length = length;
	return 0;
}

static struct zf_spacemap_entry one_word(uint64_t word)
{
	return (struct zf_spacemap_entry){
		.free = bits(word, 15, 1),
		.offset = bits(word, 16, 47),
		.run = bits(word, 0, 15) + 1,
	};
}

static struct zf_spacemap_entry two_words(uint64_t first, uint64_t second)
{
	return (struct zf_spacemap_entry){
		.free = bits(second, 63, 1),
		.offset = bits(second, 0, 63),
		.run = bits(first, 24, 36) + 1,
	};
}

int zf_spacemap_next(struct zb_span block, enum zb_endian e, size_t *pos,
		     struct zf_spacemap_entry *ret_entry)
{
	uint64_t word, second;
	size_t at = *pos;

	do {
		if (at == block.len)
			return *pos = at, 0;
		if (zb_span_u64(block, at, e, &word))
			return ZB_ECORRUPT;
		at += WORD;
	} while (bits(word, 62, 2) == PREFIX_DEBUG);
	if (bits(word, 62, 2) != PREFIX_TWO_WORDS) {
		*ret_entry = one_word(word);
	} else {
		if (zb_span_u64(block, at, e, &second))
			return ZB_ECORRUPT;
		at += WORD;
		*ret_entry = two_words(word, second);
	}
	*pos = at;
	return 1;
}
