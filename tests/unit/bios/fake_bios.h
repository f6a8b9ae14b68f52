/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FAKE_BIOS_H
#define FAKE_BIOS_H

#include "boot/bios/bios.h"

/* A PC in a struct: what stage 2's C code calls, with the faults that real ones have. */

#define FAKE_LOW	(2U << 20) /* with the second MiB, for A20 */
#define FAKE_DRIVES	4
#define FAKE_E820_MAX	300
#define FAKE_KEYS_MAX	32
#define FAKE_TEXT_MAX	4096
#define FAKE_SERIAL_MAX 65536

struct fake_drive {
	bool present;
	bool no_edd;
	uint32_t sector_size;
	uint64_t sectors;     /* that there are */
	uint64_t claims;      /* what the BIOS says; 0: the truth */
	uint32_t max_count;   /* of sectors in a call; more is an error. 0: no limit */
	uint32_t short_count; /* it returns after so many, saying so. 0: all */
	bool short_zero;      /* success, but says that nothing was read */
	uint64_t fails_from;  /* reads at or beyond it fail; 0: none */
	uint8_t fails_with;
	unsigned int flaky; /* so many calls fail first */
	uint64_t vanishes;  /* after so many calls nothing answers; 0: never */
	uint64_t calls;
	uint32_t largest; /* sectors that a call asked for */
	/* Contents of a sector; NULL: each 8 bytes hold the sector's number. */
	void (*fill)(void *ctx, uint64_t sector, uint8_t *buf);
	void *fill_ctx;
};

struct fake_e820 {
	uint64_t start, len;
	uint32_t type;
	uint32_t attributes; /* of a 24-byte entry; 0: the entry has 20 bytes */
};

struct fake_pc {
	struct bi_machine machine;
	uint8_t *low;
	int memory; /* a file, so that two addresses can show the same */
	struct fake_drive drives[FAKE_DRIVES]; /* from 80h on */

	struct fake_e820 e820[FAKE_E820_MAX];
	unsigned int n_e820;
	bool e820_endless; /* the continuation never becomes 0 */
	bool e820_ends_in_error;
	bool e820_without_smap;
	uint32_t e801_ax, e801_bx, e801_cx, e801_dx; /* all 0: no such call */
	uint32_t kib_88h;			     /* 0: no such call */
	uint32_t low_kib;

	enum {
		FAKE_A20_STUCK,
		FAKE_A20_BIOS,
		FAKE_A20_PORT92,
		FAKE_A20_KBC
	} a20_by;
	uint8_t kbc_command;

	uint16_t keys[FAKE_KEYS_MAX]; /* scan code << 8 | character */
	unsigned int n_keys, key_at;
	unsigned int halts;

	uint16_t cells[25][80]; /* attribute << 8 | character */
	unsigned int row, column;
	char text[FAKE_TEXT_MAX]; /* by teletype */
	size_t text_len;

	bool serial_present, serial_stuck;
	uint8_t serial_regs[8];
	char serial_out[FAKE_SERIAL_MAX];
	size_t serial_out_len;
	const char *serial_in;
};

/* A PC with 640 KiB of low memory, 1 GiB above by E820, serial port, A20 open, no drives. */
struct fake_pc *fake_pc_create(void);
void fake_pc_destroy(struct fake_pc *pc);

/* Opens or closes address line 20. */
void fake_pc_a20(struct fake_pc *pc, bool open);

/* A context with a heap of size bytes, as main.c sets one up. */
struct bi_context *fake_context_create(struct fake_pc *pc, size_t size);
void fake_context_destroy(struct bi_context *c);

#endif
