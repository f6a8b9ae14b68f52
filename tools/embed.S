/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of EMBED_FILE as read-only data between EMBED_START and EMBED_END, so that the
 * one file `zlive` holds all that a stick needs.
 */
	.section .rodata
	.balign 16
	.globl EMBED_START
EMBED_START:
	.incbin EMBED_FILE
	.globl EMBED_END
EMBED_END:
	.byte 0
	.section .note.GNU-stack, "", %progbits
