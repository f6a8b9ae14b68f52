/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdbool.h>
#include <stdint.h>
#include "base/format.h"

struct out {
	char *buf;
	size_t size;
	size_t len; /* of the whole text, also of what did not fit */
};

struct conversion {
	bool zero;
	bool left;
	unsigned int width;
	unsigned int precision; /* UINT32_MAX: none */
	unsigned int longs;	/* 0 int, 1 long, 2 long long, 3 size_t */
	char type;
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void put_padded(struct out *o, const struct conversion *c, const char *s,
		       size_t len)
{
	size_t pad = c->width > len ? c->width - len : 0;

	for (size_t i = 0; !c->left && i < pad; i++)
		put(o, c->zero ? '0' : ' ');
	for (size_t i = 0; i < len; i++)
		put(o, s[i]);
	for (size_t i = 0; c->left && i < pad; i++)
		put(o, ' ');
}

static void put_number(struct out *o, const struct conversion *c, uint64_t v,
		       bool negative)
{
	char digits[24];
	size_t at = sizeof(digits);
	unsigned int base = c->type == 'x' ? 16 : 10;

	do {
		digits[--at] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v != 0);
	if (negative)
		digits[--at] = '-';
	put_padded(o, c, digits + at, sizeof(digits) - at);
}

static const char *parse_number(const char *f, unsigned int *ret_n)
{
	unsigned int n = 0;

	while (*f >= '0' && *f <= '9' && n < 10000)
		n = n * 10 + (unsigned int)(*f++ - '0');
	*ret_n = n;
	return f;
}

static uint64_t next_unsigned(const struct conversion *c, va_list *ap)
{
	switch (c->longs) {
	case 0:
		return va_arg(*ap, unsigned int);
	case 1:
		return va_arg(*ap, unsigned long);
	case 2:
		return va_arg(*ap, unsigned long long);
	default:
		return va_arg(*ap, size_t);
	}
}

static int64_t next_signed(const struct conversion *c, va_list *ap)
{
	switch (c->longs) {
	case 0:
		return va_arg(*ap, int);
	case 1:
		return va_arg(*ap, long);
	case 2:
		return va_arg(*ap, long long);
	default:
		return (int64_t)va_arg(*ap, size_t);
	}
}

static void put_string(struct out *o, const struct conversion *c, const char *s)
{
	size_t len = 0;

	if (!s)
		s = "(null)";
	while (len < c->precision && s[len])
		len++;
	put_padded(o, c, s, len);
}

static const char *parse_conversion(const char *f, struct conversion *c, va_list *ap)
{
	*c = (struct conversion){ .precision = UINT32_MAX };
	for (; *f == '0' || *f == '-'; f++) {
		c->zero |= *f == '0';
		c->left |= *f == '-';
	}
	if (*f == '*') {
		c->width = va_arg(*ap, unsigned int);
		f++;
	} else {
		f = parse_number(f, &c->width);
	}
	if (*f == '.') {
		f++;
		if (*f == '*') {
			c->precision = va_arg(*ap, unsigned int);
			f++;
		} else {
			f = parse_number(f, &c->precision);
		}
	}
	for (; *f == 'l'; f++)
		c->longs++;
	if (*f == 'z') {
		c->longs = 3;
		f++;
	}
	c->type = *f;
	return *f ? f + 1 : f;
}

static void put_conversion(struct out *o, const struct conversion *c, va_list *ap)
{
	int64_t v;
	char ch;

	switch (c->type) {
	case 's':
		put_string(o, c, va_arg(*ap, const char *));
		break;
	case 'c':
		ch = (char)va_arg(*ap, int);
		put_padded(o, c, &ch, 1);
		break;
	case 'd':
	case 'i':
		v = next_signed(c, ap);
		put_number(o, c, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0);
		break;
	case 'u':
	case 'x':
		put_number(o, c, next_unsigned(c, ap), false);
		break;
	default:
		put(o, c->type ? c->type : '%');
		break;
	}
}

size_t zb_vformat(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { .buf = buf, .size = size };
	struct conversion c;
	va_list args;

	va_copy(args, ap);
	while (*fmt) {
		if (*fmt != '%') {
			put(&o, *fmt++);
			continue;
		}
		fmt = parse_conversion(fmt + 1, &c, &args);
		put_conversion(&o, &c, &args);
	}
	va_end(args);
	if (size > 0)
		buf[o.len < size ? o.len : size - 1] = '\0';
	return o.len;
}

size_t zb_format(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	len = zb_vformat(buf, size, fmt, ap);
	va_end(ap);
	return len;
}
