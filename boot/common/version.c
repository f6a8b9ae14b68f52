/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/common/text.h"
#include "boot/common/version.h"

static bool is_version_char(char c)
{
	return bt_is_digit(c) || bt_is_alpha(c) || c == '~' || c == '-' || c == '^' ||
	       c == '.';
}

/* Rank of the separators: what sorts first has the lower one; the end is among them. */
static int separator_rank(char c)
{
	switch (c) {
	case '~':
		return 0;
	case '\0':
		return 1;
	case '-':
		return 2;
	case '^':
		return 3;
	case '.':
		return 4;
	default:
		return 5;
	}
}

static int compare_digits(const char **a, const char **b)
{
	const char *x = *a, *y = *b;
	int order = 0;

	while (*x == '0')
		x++;
	while (*y == '0')
		y++;
	for (; bt_is_digit(*x) && bt_is_digit(*y); x++, y++)
		if (order == 0)
			order = *x - *y;
	/* The longer number is the larger one. */
	if (bt_is_digit(*x))
		order = 1;
	else if (bt_is_digit(*y))
		order = -1;
	*a = x;
	*b = y;
	return order;
}

static int compare_letters(const char **a, const char **b)
{
	const char *x = *a, *y = *b;

	while (bt_is_alpha(*x) && *x == *y) {
		x++;
		y++;
	}
	*a = x;
	*b = y;
	if (!bt_is_alpha(*x) && !bt_is_alpha(*y))
		return 0;
	if (!bt_is_alpha(*x) || !bt_is_alpha(*y))
		return bt_is_alpha(*x) ? 1 : -1;
	return *x - *y;
}

int bt_version_compare(const char *a, const char *b)
{
	for (;;) {
		int order;

		while (*a && !is_version_char(*a))
			a++;
		while (*b && !is_version_char(*b))
			b++;
		order = separator_rank(*a) - separator_rank(*b);
		if (order != 0)
			return order;
		if (!*a)
			return 0;
		if (separator_rank(*a) != separator_rank('0')) {
			a++;
			b++;
		} else if (bt_is_digit(*a) || bt_is_digit(*b)) {
			if (!bt_is_digit(*a) || !bt_is_digit(*b))
				return bt_is_digit(*a) ? 1 : -1;
			order = compare_digits(&a, &b);
		} else {
			order = compare_letters(&a, &b);
		}
		if (order != 0)
			return order;
	}
}
