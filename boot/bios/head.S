/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The head of stage 2: its header, and the code that reads the rest and checks it, still in
 * 16-bit mode. The MBR has read these 8 KiB and checked their sum.
 *
 * In: %dl drive, %ebx:%eax sector where stage 2 starts, %bp sectors in 8 KiB, segments 0.
 */
#include "boot/bios/layout.h"

#define TRIES	   3
#define PARAGRAPHS (BI_HEAD_SIZE / 16)
#define CRC_POLY   0xedb88320

	.code16
	.section .head, "awx"
	.globl	stage2_entry
	.long	BI_MAGIC_0, BI_MAGIC_1, BI_VERSION
length:
	.long	0			/* pack fills these three in */
crc:
	.long	0
	.long	0
stage2_entry:
	movb	%dl, bi_boot_drive
	movl	%eax, bi_boot_lba
	movl	%ebx, bi_boot_lba + 4
	movl	%eax, packet_lba
	movl	%ebx, packet_lba + 4
	movw	%bp, packet_count
	movzwl	%bp, %ebp

	movl	length, %edi
	addl	$BI_HEAD_SIZE - 1, %edi
	shrl	$13, %edi		/* pieces of 8 KiB, the head among them */
read_next:
	decw	%di
	jz	check
	addw	$PARAGRAPHS, packet_segment
	addl	%ebp, packet_lba
	adcl	$0, packet_lba + 4
	call	read_piece
	jmp	read_next

read_piece:
	movw	$TRIES, %cx
1:	movw	%bp, packet_count	/* on an error a BIOS writes what it did read */
	movw	$packet, %si
	movb	bi_boot_drive, %dl
	movb	$0x42, %ah
	pushal
	int	$0x13
	movb	%ah, status
	popal
	jnc	2f
	pushal
	xorw	%ax, %ax
	int	$0x13
	popal
	loop	1b
	jmp	unreadable
2:	ret

/* CRC-32 of what lies behind the head, as in zip and Ethernet, a bit at a time. */
check:
	movl	length, %ecx
	subl	$BI_HEAD_SIZE, %ecx
	jbe	damaged
	movw	$(BI_STAGE2 + BI_HEAD_SIZE) / 16, %bx
	movl	$-1, %edx
next_segment:
	movw	%bx, %es
	xorw	%si, %si
next_byte:
	xorb	%es:(%si), %dl
	movb	$8, %al
1:	shrl	%edx
	jnc	2f
	xorl	$CRC_POLY, %edx
2:	decb	%al
	jnz	1b
	decl	%ecx
	jz	3f
	incw	%si
	cmpw	$BI_HEAD_SIZE, %si
	jb	next_byte
	addw	$PARAGRAPHS, %bx
	jmp	next_segment
3:	notl	%edx
	cmpl	crc, %edx
	jne	damaged
	jmp	bi_enter_protected

damaged:
	movw	$damaged_text, %si
	jmp	die

unreadable:
	movb	bi_boot_drive, %al
	movw	$drive_hex, %di
	call	put_hex
	movb	status, %al
	movw	$status_hex, %di
	call	put_hex
	movw	$sector_hex, %di
	movw	$packet_lba + 7, %bx
	movw	$8, %cx
1:	movb	(%bx), %al
	call	put_hex
	decw	%bx
	loop	1b
	movw	$unreadable_text, %si
die:
	lodsb
	testb	%al, %al
	jz	1f
	movb	$0x0e, %ah
	movw	$7, %bx
	int	$0x10
	jmp	die
1:	xorw	%ax, %ax
	int	$0x16
	int	$0x18

/* %al as two digits at %di, which moves on. */
put_hex:
	pushw	%ax
	shrb	$4, %al
	call	1f
	popw	%ax
	andb	$15, %al
1:	addb	$'0', %al
	cmpb	$'9', %al
	jbe	2f
	addb	$'a' - '9' - 1, %al
2:	movb	%al, (%di)
	incw	%di
	ret

	.balign	4
packet:
	.byte	16, 0
packet_count:
	.word	0
	.word	0
packet_segment:
	.word	BI_STAGE2 / 16
packet_lba:
	.quad	0
	.globl	bi_boot_lba
bi_boot_lba:
	.quad	0
	.globl	bi_boot_drive
bi_boot_drive:
	.byte	0
status:
	.byte	0
damaged_text:
	.asciz	"zlive: the loader is damaged: its checksum is wrong"
unreadable_text:
	.ascii	"zlive: the loader cannot be read: BIOS drive "
drive_hex:
	.ascii	"00h, sector "
sector_hex:
	.ascii	"0000000000000000h, error "
status_hex:
	.asciz	"00h"
