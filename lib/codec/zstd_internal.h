/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZC_ZSTD_INTERNAL_H
#define ZC_ZSTD_INTERNAL_H

#include "codec/decompress.h"

/* Shared by the files zstd*.c only. Source of the format: RFC 8878. */

#define ZSTD_BLOCK_MAX	((size_t)128 << 10)
#define ZSTD_SLACK	32 /* bytes behind literals that may be read */
#define HUF_TABLE_LOG	11 /* of the table that is made; longer codes get a larger one */
#define HUF_LOG_MAX	12
#define FSE_WEIGHT_LOG	6
#define FSE_LL_LOG	9
#define FSE_OF_LOG	8
#define FSE_ML_LOG	9
#define FSE_SYMBOLS	256
#define ZSTD_LL_SYMBOLS 36
#define ZSTD_OF_SYMBOLS 32
#define ZSTD_ML_SYMBOLS 53

/* One state: what its symbol stands for and where to go from here. */
struct fse_entry {
	uint32_t base; /* value of the symbol, to which `extra` bits are added */
	uint16_t next; /* next state, to which `nbits` bits are added */
	uint8_t nbits;
	uint8_t extra;
};

/* Which states a block starts its three kinds of codes from. log < 0: no table yet. */
struct fse_table {
	struct fse_entry *entry;
	int log;
};

struct zstd_workspace {
	uint16_t huf[1 << HUF_LOG_MAX]; /* symbol << 8 | length of its code */
	struct fse_entry ll[1 << FSE_LL_LOG], of[1 << FSE_OF_LOG], ml[1 << FSE_ML_LOG];
	struct fse_entry weight[1 << FSE_WEIGHT_LOG];
	int16_t norm[FSE_SYMBOLS];
	uint16_t next[FSE_SYMBOLS];
	uint8_t symbol[1 << FSE_LL_LOG];
	uint8_t weights[FSE_SYMBOLS];
	uint8_t literals[ZSTD_BLOCK_MAX + ZSTD_SLACK];
};

/* The last three offsets of matches, the newest first. */
struct offsets {
	uint32_t first, second, third;
};

struct zstd_frame {
	struct zstd_workspace *ws;
	uint8_t *start, *op, *oend; /* of the output */
	const uint8_t *src_end;	    /* nothing beyond may be read */
	size_t block_max;
	struct fse_table ll, of, ml;
	int huf_log;	    /* 0: no table yet */
	const uint8_t *lit; /* the block's literals; ZSTD_SLACK readable bytes follow */
	size_t lit_len;
	struct offsets rep;
};

/* What the values of a kind of codes are: NULL base means that a code is its own value. */
struct fse_codes {
	const uint32_t *base;
	const uint8_t *extra;
	unsigned int symbols;
	unsigned int max_log;
	const int16_t *predefined;
	unsigned int predefined_log;
};

/*
 * Reads a table description from the front of *s and moves *s behind it; norm[] receives the
 * probabilities of the symbols below `symbols`.
 */
ZB_MUST_CHECK int zc_fse_read(struct zb_span *s, const struct fse_codes *codes,
			      int16_t norm[FSE_SYMBOLS], unsigned int *ret_log);

/* Makes the 1 << log entries; ws gives room to work in. */
void zc_fse_build(struct zstd_workspace *ws, const struct fse_codes *codes,
		  const int16_t *norm, unsigned int log, struct fse_entry *table);

/* Reads a Huffman tree description from the front of *s and makes the table. */
ZB_MUST_CHECK int zc_huf_read(struct zstd_frame *f, struct zb_span *s);

/* Decodes one or four streams to out, exactly len bytes, with the frame's table. */
ZB_MUST_CHECK int zc_huf_decode1(struct zstd_frame *f, struct zb_span s, uint8_t *out,
				 size_t len);
ZB_MUST_CHECK int zc_huf_decode4(struct zstd_frame *f, struct zb_span s, uint8_t *out,
				 size_t len);

/* Decodes the literals section at the front of *s; moves *s behind it, sets f->lit. */
ZB_MUST_CHECK int zc_zstd_literals(struct zstd_frame *f, struct zb_span *s);

/* Decodes the sequences section, which is all of s, and carries it out. */
ZB_MUST_CHECK int zc_zstd_sequences(struct zstd_frame *f, struct zb_span s);

#endif
