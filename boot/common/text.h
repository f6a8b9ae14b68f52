/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BT_TEXT_H
#define BT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The few string functions that the loaders need; there is no libc below them. */

size_t bt_len(const char *s);
bool bt_equal(const char *a, const char *b);
bool bt_starts(const char *s, const char *prefix);
bool bt_ends(const char *s, const char *suffix);
/* Where needle begins in s, or NULL. */
const char *bt_find(const char *s, const char *needle);
/* <0, 0, >0, by bytes. */
int bt_compare(const char *a, const char *b);
/* Copies what fits, always terminated; false if it was cut. */
bool bt_copy(char *buf, size_t size, const char *s);
/* The same for the len bytes at s. */
bool bt_copy_n(char *buf, size_t size, const char *s, size_t len);
/* Appends to the text in buf; false, buf unchanged, if it does not fit. */
bool bt_append(char *buf, size_t size, const char *s);
bool bt_append_n(char *buf, size_t size, const char *s, size_t len);
/* Sorts n pointers by cmp; stable, for the short lists of a menu. */
void bt_sort(void **items, size_t n, int (*cmp)(const void *a, const void *b));

static inline bool bt_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline bool bt_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool bt_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

#endif
