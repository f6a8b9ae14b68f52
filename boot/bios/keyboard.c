/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/bios/bios.h"
#include "boot/common/terminal.h"

#define TICKS_PER_DAY 0x1800b0
#define TICK_US	      54925
#define SEQUENCE_POLLS                                                                   \
	20000 /* of about a microsecond: bytes of a key's sequence follow fast */

static const struct {
	uint8_t scan;
	uint32_t key;
} scan_keys[] = {
	{ 0x47, BT_KEY_HOME }, { 0x48, BT_KEY_UP },	   { 0x49, BT_KEY_PAGE_UP },
	{ 0x4b, BT_KEY_LEFT }, { 0x4d, BT_KEY_RIGHT },	   { 0x4f, BT_KEY_END },
	{ 0x50, BT_KEY_DOWN }, { 0x51, BT_KEY_PAGE_DOWN }, { 0x53, BT_KEY_DELETE },
};

/* Character 0 or e0 marks a key without one. */
static uint32_t keyboard_key(struct bi_context *c)
{
	uint32_t base = c->console.enhanced_keys ? 0x1000 : 0;
	struct bi_regs r = { .eax = base | 0x0100 };
	uint8_t ch, scan;

	bi_call(c->m, 0x16, &r);
	if (r.flags & BI_FLAG_ZERO)
		return BT_KEY_NONE;
	r = (struct bi_regs){ .eax = base };
	bi_call(c->m, 0x16, &r);
	ch = (uint8_t)r.eax;
	scan = (uint8_t)(r.eax >> 8);
	if (ch != 0 && !(ch == 0xe0 && scan != 0))
		return ch < 0x80 ? ch : BT_KEY_NONE;
	for (unsigned int i = 0; i < sizeof(scan_keys) / sizeof(scan_keys[0]); i++)
		if (scan_keys[i].scan == scan)
			return scan_keys[i].key;
	return BT_KEY_NONE;
}

static bool serial_byte(struct bi_context *c, bool in_sequence, uint8_t *ret_byte)
{
	unsigned int polls = in_sequence ? SEQUENCE_POLLS : 1;

	while (polls-- > 0)
		if (bi_serial_read(&c->console.serial, ret_byte))
			return true;
	return false;
}

static uint32_t serial_key(struct bi_context *c)
{
	struct bt_terminal_input *t = &c->console.input;
	uint32_t key = BT_KEY_NONE;
	uint8_t byte;

	while (key == BT_KEY_NONE && serial_byte(c, t->state != 0, &byte))
		key = bt_terminal_feed(t, byte);
	return key != BT_KEY_NONE ? key : bt_terminal_pause(t);
}

/* The tick counter is the only clock; it starts again at midnight. */
static uint32_t ticks_since(const struct bi_context *c, uint32_t start)
{
	uint32_t now = bi_ticks(c->m);

	return now >= start ? now - start : now + TICKS_PER_DAY - start;
}

uint32_t bi_console_key(void *ctx, int ms)
{
	struct bi_context *c = ctx;
	uint32_t start = bi_ticks(c->m);
	uint32_t ticks = ms < 0 ? 0 : (uint32_t)ms * 1000 / TICK_US + 1;

	for (;;) {
		uint32_t key = keyboard_key(c);

		if (key == BT_KEY_NONE)
			key = serial_key(c);
		if (key != BT_KEY_NONE || ms == 0)
			return key;
		if (ms > 0 && ticks_since(c, start) >= ticks)
			return BT_KEY_NONE;
		c->m->halt(c->m->ctx);
	}
}
