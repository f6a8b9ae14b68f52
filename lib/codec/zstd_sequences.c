/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/zstd_bits.h"
#include "codec/zstd_internal.h"

/* The sequences section of a compressed block, RFC 8878 sections 3.1.1.3.2 and 3.1.1.4. */

static const uint32_t ll_base[ZSTD_LL_SYMBOLS] = {
	0,  1,	2,   3,	  4,   5,    6,	   7,	 8,    9,     10,    11,
	12, 13, 14,  15,  16,  18,   20,   22,	 24,   28,    32,    40,
	48, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536,
};
static const uint8_t ll_extra[ZSTD_LL_SYMBOLS] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0,	 0,  0,	 0,  1,	 1,
	1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
};
static const int16_t ll_default[ZSTD_LL_SYMBOLS] = {
	4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1,  1,  2,  2,
	2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1,
};
static const uint32_t ml_base[ZSTD_ML_SYMBOLS] = {
	3,  4,	 5,   6,   7,	 8,    9,    10,   11,	  12,	 13,	14, 15, 16,
	17, 18,	 19,  20,  21,	 22,   23,   24,   25,	  26,	 27,	28, 29, 30,
	31, 32,	 33,  34,  35,	 37,   39,   41,   43,	  47,	 51,	59, 67, 83,
	99, 131, 259, 515, 1027, 2051, 4099, 8195, 16387, 32771, 65539,
};
static const uint8_t ml_extra[ZSTD_ML_SYMBOLS] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0,  0,  0,  0,  0,  0,  0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0,  0,  0,  1,  1,  1,  1,
	2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
};
static const int16_t ml_default[ZSTD_ML_SYMBOLS] = {
	1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1,  1,  1,  1,  1,  1,  1,  1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  1,  1,  1,  1,  1,  1,  1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
};
/* An offset code is the number of its extra bits. */
static const uint32_t of_base[ZSTD_OF_SYMBOLS] = {
	1u << 0,  1u << 1,  1u << 2,  1u << 3,	1u << 4,  1u << 5,  1u << 6,  1u << 7,
	1u << 8,  1u << 9,  1u << 10, 1u << 11, 1u << 12, 1u << 13, 1u << 14, 1u << 15,
	1u << 16, 1u << 17, 1u << 18, 1u << 19, 1u << 20, 1u << 21, 1u << 22, 1u << 23,
	1u << 24, 1u << 25, 1u << 26, 1u << 27, 1u << 28, 1u << 29, 1u << 30, 1u << 31,
};
static const uint8_t of_extra[ZSTD_OF_SYMBOLS] = {
	0,  1,	2,  3,	4,  5,	6,  7,	8,  9,	10, 11, 12, 13, 14, 15,
	16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
};
static const int16_t of_default[ZSTD_OF_SYMBOLS] = {
	1, 1, 1, 1, 1, 1, 2, 2, 2,  1,	1,  1,	1,  1, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, 0, 0, 0,
};

static const struct fse_codes ll_codes = {
	ll_base, ll_extra, ZSTD_LL_SYMBOLS, FSE_LL_LOG, ll_default, 6,
};
static const struct fse_codes ml_codes = {
	ml_base, ml_extra, ZSTD_ML_SYMBOLS, FSE_ML_LOG, ml_default, 6,
};
static const struct fse_codes of_codes = {
	of_base, of_extra, ZSTD_OF_SYMBOLS, FSE_OF_LOG, of_default, 5,
};

enum table_mode {
	TABLE_PREDEFINED,
	TABLE_RLE,
	TABLE_FSE,
	TABLE_REPEAT,
};

static int read_table(struct zstd_frame *f, struct zb_span *s, enum table_mode mode,
		      const struct fse_codes *codes, struct fse_table *t)
{
	unsigned int log;
	uint8_t sym;

	switch (mode) {
	case TABLE_PREDEFINED:
		zc_fse_build(f->ws, codes, codes->predefined, codes->predefined_log,
			     t->entry);
		t->log = (int)codes->predefined_log;
		return 0;
	case TABLE_RLE:
		if (zb_span_u8(*s, 0, &sym) || sym >= codes->symbols)
			return ZB_ECORRUPT;
		t->entry[0] = (struct fse_entry){ .base = codes->base[sym],
						  .extra = codes->extra[sym] };
		t->log = 0;
		return zb_span_sub(*s, 1, s->len - 1, s);
	case TABLE_FSE:
		if (zc_fse_read(s, codes, f->ws->norm, &log))
			return ZB_ECORRUPT;
		zc_fse_build(f->ws, codes, f->ws->norm, log, t->entry);
		t->log = (int)log;
		return 0;
	default:
		return t->log < 0 ? ZB_ECORRUPT : 0;
	}
}

/* The number of sequences, and *s moved behind it and the byte of table modes. */
static int read_head(struct zb_span *s, unsigned int *ret_n, uint8_t *ret_modes)
{
	const uint8_t *p = s->ptr;
	size_t head = 1;
	unsigned int n;

	if (s->len == 0)
		return ZB_ECORRUPT;
	n = p[0];
	if (n == 0) {
		*ret_n = 0;
		return s->len == 1 ? 0 : ZB_ECORRUPT;
	}
	if (n >= 128)
		head = n < 255 ? 2 : 3;
	if (s->len <= head)
		return ZB_ECORRUPT;
	if (head == 2)
		n = ((n - 128) << 8) + p[1];
	else if (head == 3)
		n = zb_load16(p + 1, ZB_LE) + 0x7f00u;
	*ret_n = n;
	*ret_modes = p[head];
	return zb_span_sub(*s, head + 1, s->len - head - 1, s);
}

struct sequence {
	size_t literals, match, offset;
};

struct states {
	const struct fse_entry *ll, *of, *ml;
};

/* Where sequences are carried out; a local copy, for the bytes written might alias a frame. */
struct output {
	uint8_t *op, *oend, *start;
	const uint8_t *lit, *lit_end;
};

/*
 * Offset values above 3 are offsets plus 3; 1 to 3 name one of the last three offsets, or,
 * when there are no literals, the second, the third, and the first less 1.
 */
ZC_INLINE uint32_t next_offset(struct offsets *rep, uint32_t value, bool no_literals)
{
	uint32_t first = rep->first, off = value - 3;

	if (zc_unlikely(value <= 3)) {
		value += no_literals;
		if (value == 1)
			return first;
		if (value == 2) {
			rep->first = rep->second;
			rep->second = first;
			return rep->first;
		}
		off = value == 3 ? rep->third : first - 1;
	}
	rep->third = rep->second;
	rep->second = first;
	rep->first = off;
	return off;
}

/* Extra bits: at most 31 + 16 of offset and match, 16 of literals; the next states, 26. */
ZC_INLINE struct sequence read_sequence(struct zc_rbits *r, const struct states *st,
					struct offsets *rep)
{
	struct sequence q;
	uint32_t value;

	zc_rbits_refill(r);
	value = st->of->base + zc_rbits_read(r, st->of->extra);
	q.match = st->ml->base + zc_rbits_read(r, st->ml->extra);
	if (zc_unlikely(st->of->extra + st->ml->extra + st->ll->extra > 57 - 26))
		zc_rbits_refill(r);
	q.literals = st->ll->base + zc_rbits_read(r, st->ll->extra);
	q.offset = next_offset(rep, value, st->ll->base == 0);
	return q;
}

/* Literals, then match, with room in every buffer or without. */
ZC_INLINE int execute(struct output *o, struct sequence q)
{
	size_t room = (size_t)(o->oend - o->op);

	if (zc_unlikely(q.literals > (size_t)(o->lit_end - o->lit) || q.literals > room ||
			q.match > room - q.literals))
		return ZB_ECORRUPT;
	if (zc_likely(room - q.literals >= ZC_WILD))
		zc_copy_wild(o->op, o->lit, q.literals);
	else
		__builtin_memcpy(o->op, o->lit, q.literals);
	o->op += q.literals;
	o->lit += q.literals;
	/* an offset of 0, by wrapping, is beyond the start as well */
	if (zc_unlikely(q.offset - 1 >= (size_t)(o->op - o->start)))
		return ZB_ECORRUPT;
	zc_match(o->op, q.offset, q.match, room - q.literals);
	o->op += q.match;
	return 0;
}

static int run_sequences(struct zstd_frame *f, struct zb_span s, unsigned int n)
{
	struct output o = { f->op, f->oend, f->start, f->lit, f->lit + f->lit_len };
	const struct states base = { f->ll.entry, f->of.entry, f->ml.entry };
	struct offsets rep = f->rep;
	struct states st;
	struct zc_rbits r;

	if (!zc_rbits_init(&r, s))
		return ZB_ECORRUPT;
	st.ll = base.ll + zc_rbits_read(&r, (unsigned int)f->ll.log);
	st.of = base.of + zc_rbits_read(&r, (unsigned int)f->of.log);
	st.ml = base.ml + zc_rbits_read(&r, (unsigned int)f->ml.log);
	for (;;) {
		if (execute(&o, read_sequence(&r, &st, &rep)))
			return ZB_ECORRUPT;
		if (--n == 0)
			break;
		st.ll = base.ll + st.ll->next + zc_rbits_read(&r, st.ll->nbits);
		st.ml = base.ml + st.ml->next + zc_rbits_read(&r, st.ml->nbits);
		st.of = base.of + st.of->next + zc_rbits_read(&r, st.of->nbits);
	}
	zc_rbits_refill(&r);
	if (!zc_rbits_at_end(&r))
		return ZB_ECORRUPT;
	f->op = o.op;
	f->lit = o.lit;
	f->lit_len = (size_t)(o.lit_end - o.lit);
	f->rep = rep;
	return 0;
}

int zc_zstd_sequences(struct zstd_frame *f, struct zb_span s)
{
	unsigned int n;
	uint8_t modes;

	if (read_head(&s, &n, &modes))
		return ZB_ECORRUPT;
	if (n > 0 && (read_table(f, &s, modes >> 6 & 3, &ll_codes, &f->ll) ||
		      read_table(f, &s, modes >> 4 & 3, &of_codes, &f->of) ||
		      read_table(f, &s, modes >> 2 & 3, &ml_codes, &f->ml) ||
		      run_sequences(f, s, n)))
		return ZB_ECORRUPT;
	if (f->lit_len > (size_t)(f->oend - f->op))
		return ZB_ECORRUPT;
	__builtin_memcpy(f->op, f->lit, f->lit_len);
	f->op += f->lit_len;
	return 0;
}
