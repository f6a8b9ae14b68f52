/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finishes stage 2 at build time: pads the linked bytes, fills in length, CRC-32 and the word
 * that makes the head's sum 0. See layout.h. Run as: pack LINKED OUTPUT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/span.h"
#include "boot/bios/layout.h"
#include "fmt/gpt.h"

#define PAD 512 /* so that a whole number of sectors is written */

static size_t read_file(const char *name, uint8_t *buf, size_t size)
{
	FILE *f = fopen(name, "rb");
	size_t n;

	if (!f) {
		perror(name);
		exit(1);
	}
	n = fread(buf, 1, size, f);
	if (ferror(f) || !feof(f)) {
		fprintf(stderr, "%s: cannot be read, or is larger than %zu bytes\n", name,
			size);
		exit(1);
	}
	fclose(f);
	return n;
}

static void write_file(const char *name, const uint8_t *buf, size_t n)
{
	FILE *f = fopen(name, "wb");

	if (!f || fwrite(buf, 1, n, f) != n || fclose(f) != 0) {
		perror(name);
		exit(1);
	}
}

static uint32_t rotate(uint32_t v)
{
	return v << 1 | v >> 31;
}

/* Run forwards to the word, backwards from the end's 0 to it: what is between it must be. */
static void fix_sum(uint8_t *head)
{
	uint32_t before = 0, after = 0;

	for (unsigned int at = 0; at < BI_HEADER_SUM; at += 4)
		before = rotate(before) + zb_load32(head + at, ZB_LE);
	for (unsigned int at = BI_HEAD_SIZE - 4; at > BI_HEADER_SUM; at -= 4) {
		after -= zb_load32(head + at, ZB_LE);
		after = after >> 1 | after << 31;
	}
	zb_store32(head + BI_HEADER_SUM, ZB_LE, after - rotate(before));
}

int main(int argc, char **argv)
{
	static uint8_t image[BI_STAGE2_MAX + 1];
	size_t n;

	if (argc != 3) {
		fprintf(stderr, "usage: pack LINKED OUTPUT\n");
		return 2;
	}
	n = (size_t)zb_align_up(read_file(argv[1], image, sizeof(image)), PAD);
	if (n <= BI_HEAD_SIZE || n > BI_STAGE2_MAX) {
		fprintf(stderr, "%s: %zu bytes are not between 8 and 256 KiB\n", argv[1],
			n);
		return 1;
	}
	zb_store32(image + BI_HEADER_LENGTH, ZB_LE, (uint32_t)n);
	zb_store32(image + BI_HEADER_CRC, ZB_LE,
		   zf_crc32(0, zb_span(image + BI_HEAD_SIZE, n - BI_HEAD_SIZE)));
	fix_sum(image);
	write_file(argv[2], image, n);
	return 0;
}
