/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/format.h"
#include "boot/common/text.h"
#include "boot/uefi/uefi.h"

/*
 * A terminal on the first serial port, spoken to in the escape sequences that every terminal
 * knows, for firmware whose console does not include a serial port.
 */

enum escape_state {
	PLAIN,
	ESCAPE,	  /* after ESC */
	SEQUENCE, /* after ESC [ or ESC O */
};

/* Does the path of the console's output devices go through a UART? */
static bool console_has_uart(struct ue_context *c)
{
	uint8_t path[1024];
	uint64_t size = sizeof(path), at = 0;

	if (efi_failed(c->st->runtime->get_variable((const efi_char *)L"ConOut",
						    &ue_guid_global_variable, NULL, &size,
						    path)))
		return false;
	while (at + sizeof(struct efi_device_path) <= size) {
		const struct efi_device_path *p = (const void *)(path + at);
		uint64_t length = (uint64_t)p->length[0] | (uint64_t)p->length[1] << 8;

		if (ue_path_is(p, EFI_DP_MESSAGING, EFI_DP_MSG_UART))
			return true;
		if (length < sizeof(*p) || ue_path_is(p, EFI_DP_END, EFI_DP_END_ENTIRE))
			break;
		at += length;
	}
	return false;
}

bool ue_serial_init(struct ue_context *c)
{
	void *io;

	if (console_has_uart(c))
		return false;
	if (!efi_failed(c->bs->locate_protocol(&ue_guid_serial_io, NULL, &io)))
		c->console.serial.io = io;
	return true;
}

/* A port that does not take what it gets is given up, lest each byte cost a timeout. */
void ue_serial_write(struct ue_serial *s, const char *text)
{
	uint64_t len = bt_len(text), n = len;

	if (s->io && len > 0 && (efi_failed(s->io->write(s->io, &n, text)) || n != len))
		s->io = NULL;
}

/* ANSI orders the colours red, green, blue; VGA blue, green, red. */
static unsigned int ansi_colour(unsigned int vga)
{
	return (vga & 2) | (vga & 1) << 2 | (vga & 4) >> 2;
}

static unsigned int put_utf8(char *out, uint16_t ch)
{
	if (ch < 0x80) {
		out[0] = (char)ch;
		return 1;
	}
	if (ch < 0x800) {
		out[0] = (char)(0xc0 | ch >> 6);
		out[1] = (char)(0x80 | (ch & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | ch >> 12);
	out[1] = (char)(0x80 | (ch >> 6 & 0x3f));
	out[2] = (char)(0x80 | (ch & 0x3f));
	return 3;
}

void ue_serial_cells(struct ue_serial *s, unsigned int row, unsigned int column,
		     const struct bt_cell *cells, unsigned int n)
{
	unsigned int fg = cells[0].attribute & 15, bg = cells[0].attribute >> 4;
	char text[32 + 3 * BT_COLUMNS + 1];
	size_t at;

	if (!s->io)
		return;
	at = zb_format(text, 32, "\033[%u;%uH\033[0;%s%u;%um", row + 1, column + 1,
		       fg & 8 ? "1;" : "", 30 + ansi_colour(fg & 7),
		       40 + ansi_colour(bg & 7));
	for (unsigned int i = 0; i < n && i < BT_COLUMNS; i++)
		at += put_utf8(text + at, cells[i].ch);
	text[at] = '\0';
	ue_serial_write(s, text);
}

static bool read_byte(struct ue_serial *s, uint8_t *ret_byte)
{
	uint32_t control = 0;
	uint64_t n = 1;

	/* read() would wait for a whole timeout when nothing is there. */
	if (!s->io || efi_failed(s->io->get_control(s->io, &control)) ||
	    (control & EFI_SERIAL_INPUT_EMPTY))
		return false;
	return !efi_failed(s->io->read(s->io, &n, ret_byte)) && n == 1;
}

static uint32_t sequence_key(uint8_t last, uint32_t parameter)
{
	switch (last) {
	case 'A':
		return BT_KEY_UP;
	case 'B':
		return BT_KEY_DOWN;
	case 'C':
		return BT_KEY_RIGHT;
	case 'D':
		return BT_KEY_LEFT;
	case 'H':
		return BT_KEY_HOME;
	case 'F':
		return BT_KEY_END;
	case '~':
		break;
	default:
		return BT_KEY_NONE;
	}
	switch (parameter) {
	case 1:
	case 7:
		return BT_KEY_HOME;
	case 3:
		return BT_KEY_DELETE;
	case 4:
	case 8:
		return BT_KEY_END;
	case 5:
		return BT_KEY_PAGE_UP;
	case 6:
		return BT_KEY_PAGE_DOWN;
	default:
		return BT_KEY_NONE;
	}
}

/* One byte's effect; a key once a sequence is whole. */
static uint32_t feed(struct ue_serial *s, uint8_t byte)
{
	switch (s->escape) {
	case PLAIN:
		if (byte != 0x1b)
			return byte == 0x7f ? BT_KEY_BACKSPACE : byte;
		s->escape = ESCAPE;
		return BT_KEY_NONE;
	case ESCAPE:
		s->parameter = 0;
		s->escape = byte == '[' || byte == 'O' ? SEQUENCE : PLAIN;
		return s->escape == PLAIN ? BT_KEY_ESC : BT_KEY_NONE;
	default:
		if (bt_is_digit((char)byte)) {
			s->parameter = (s->parameter * 10 + byte - '0') % 1000;
			return BT_KEY_NONE;
		}
		if (byte == ';')
			return BT_KEY_NONE;
		s->escape = PLAIN;
		return sequence_key(byte, s->parameter);
	}
}

uint32_t ue_serial_key(struct ue_serial *s)
{
	uint32_t key = BT_KEY_NONE;
	uint8_t byte;

	while (key == BT_KEY_NONE && read_byte(s, &byte))
		key = feed(s, byte);
	/* Nothing followed: the Escape key itself. */
	if (key == BT_KEY_NONE && s->escape == ESCAPE) {
		s->escape = PLAIN;
		return BT_KEY_ESC;
	}
	return key;
}
