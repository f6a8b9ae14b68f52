/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/common/text.h"

size_t bt_len(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

int bt_compare(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (int)(unsigned char)*a - (int)(unsigned char)*b;
}

bool bt_equal(const char *a, const char *b)
{
	return bt_compare(a, b) == 0;
}

bool bt_starts(const char *s, const char *prefix)
{
	while (*prefix)
		if (*s++ != *prefix++)
			return false;
	return true;
}

bool bt_ends(const char *s, const char *suffix)
{
	size_t n = bt_len(s), m = bt_len(suffix);

	return n >= m && bt_equal(s + n - m, suffix);
}

const char *bt_find(const char *s, const char *needle)
{
	for (;; s++) {
		if (bt_starts(s, needle))
			return s;
		if (!*s)
			return NULL;
	}
}

bool bt_copy_n(char *buf, size_t size, const char *s, size_t len)
{
	size_t n = len < size ? len : size - 1;

	__builtin_memcpy(buf, s, n);
	buf[n] = '\0';
	return n == len;
}

bool bt_copy(char *buf, size_t size, const char *s)
{
	return bt_copy_n(buf, size, s, bt_len(s));
}

bool bt_append_n(char *buf, size_t size, const char *s, size_t len)
{
	size_t at = bt_len(buf);

	if (len >= size - at)
		return false;
	return bt_copy_n(buf + at, size - at, s, len);
}

bool bt_append(char *buf, size_t size, const char *s)
{
	return bt_append_n(buf, size, s, bt_len(s));
}

void bt_sort(void **items, size_t n, int (*cmp)(const void *a, const void *b))
{
	for (size_t i = 1; i < n; i++) {
		void *item = items[i];
		size_t j = i;

		for (; j > 0 && cmp(items[j - 1], item) > 0; j--)
			items[j] = items[j - 1];
		items[j] = item;
	}
}
