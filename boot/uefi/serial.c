/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/common/terminal.h"
#include "boot/common/text.h"
#include "boot/uefi/uefi.h"

#define TIMEOUT_US 100000 /* of a byte; some drivers' own is shorter than a byte takes */

/*
 * A terminal on the first serial port, spoken to in the escape sequences that every terminal
 * knows, for firmware whose console does not include a serial port.
 */

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
	struct efi_serial_io *io;
	void *found;

	if (console_has_uart(c))
		return false;
	if (efi_failed(c->bs->locate_protocol(&ue_guid_serial_io, NULL, &found)))
		return true;
	io = found;
	if (io->mode)
		(void)io->set_attributes(io, io->mode->baud_rate, 0, TIMEOUT_US,
					 io->mode->parity, (uint8_t)io->mode->data_bits,
					 io->mode->stop_bits);
	c->console.serial.io = io;
	return true;
}

/* A port that takes nothing is given up: nobody listens, and the menu must not wait for it. */
void ue_serial_write(struct ue_serial *s, const char *text)
{
	uint64_t len = bt_len(text);

	while (s->io && len > 0) {
		uint64_t n = len;
		efi_status status = s->io->write(s->io, &n, text);

		/* On a timeout n is what went out before it. */
		if (n == 0 || n > len || (efi_failed(status) && status != EFI_TIMEOUT)) {
			s->io = NULL;
			return;
		}
		text += n;
		len -= n;
	}
}

void ue_serial_cells(struct ue_serial *s, unsigned int row, unsigned int column,
		     const struct bt_cell *cells, unsigned int n)
{
	char text[BT_TERMINAL_CELLS_BYTES];

	if (!s->io)
		return;
	bt_terminal_cells(text, row, column, cells, n);
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

uint32_t ue_serial_key(struct ue_serial *s)
{
	uint32_t key = BT_KEY_NONE;
	uint8_t byte;

	while (key == BT_KEY_NONE && read_byte(s, &byte))
		key = bt_terminal_feed(&s->input, byte);
	return key != BT_KEY_NONE ? key : bt_terminal_pause(&s->input);
}
