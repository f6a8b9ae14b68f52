/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot code of the protective MBR: 440 bytes that read the head of stage 2 from the boot
 * region of the disk's ZFS partition.
 *
 * The disk that we are on is the one whose first sector is ours: the drive number that the
 * BIOS hands over is only where we look first, since some hand over a wrong one. GPT and stage
 * 2 are read 8 KiB at a time, which is a whole number of sectors of any size from 512 to 4096.
 */
#include "boot/bios/layout.h"

#define FIRST_DRIVE	0x80
#define END_DRIVE	0x90
#define READ_SIZE	0x2000
#define PARAMS		BI_LOW_BUFFERS
#define PARAMS_SIZE	0x1e
#define PARAM_SECTOR	0x18
#define ENTRIES		(BI_STAGE2 + READ_SIZE)
#define GPT_MAGIC	0x20494645 /* "EFI " */
#define GPT_ENTRIES	72
#define GPT_COUNT	80
#define GPT_ENTRY_SIZE	84
#define ENTRY_START	32

	.code16
	.section .text
	.globl	start
start:
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$BI_MBR, %sp
	cld
	ljmp	$0, $search
search:
	call	try
	movb	$FIRST_DRIVE, %dl
1:	call	try
	incw	%dx
	cmpb	$END_DRIVE, %dl
	jb	1b
unreadable:
	call	die
	.asciz	"cannot read the disk"

/*
 * Says what stands behind the call, waits for a key and lets the BIOS try its next device.
 */
die:
	movw	$prefix, %si
	call	print
	popw	%si
	call	print
	cbtw				/* print leaves 0 in %al */
	int	$0x16
	int	$0x18

print:
	lodsb
	testb	%al, %al
	jz	return
	movb	$0x0e, %ah
	movw	$7, %bx
	int	$0x10
	jmp	print

/*
 * Reads %bp sectors at %ebx:%eax of drive %dl to %di, with a second try; carry on failure. All
 * registers stay. The packet is made on the stack.
 */
read:
	call	1f
	jnc	return
1:	pushal
	pushl	%ebx
	pushl	%eax
	pushw	$0
	pushw	%di
	pushw	%bp
	pushw	$16
	movw	%sp, %si
	movb	$0x42, %ah
	int	$0x13
	leaw	16(%esp), %sp		/* keeps the carry */
	popal
return:
	ret

/* Returns if %dl is not our disk; otherwise starts stage 2 or dies. */
try:
	movw	$PARAMS, %si
	movw	$PARAMS_SIZE, (%si)
	movb	$0x48, %ah
	int	$0x13
	jc	return
	bsfw	PARAM_SECTOR(%si), %cx
	jnz	1f
	movb	$9, %cl			/* the BIOS does not know */
1:	xorl	%ebp, %ebp
	movw	$READ_SIZE, %bp
	shrw	%cl, %bp
	xorl	%eax, %eax
	xorl	%ebx, %ebx
	movw	$BI_STAGE2, %di
	call	read
	jc	return
	pushw	%cx
	movw	$256, %cx
	movw	$BI_MBR, %si
	repe cmpsw
	popw	%cx
	jne	return

/* This is our disk. The GPT's header is in the second sector, which has been read, too. */
	incw	%ax
	shlw	%cl, %ax
	xchgw	%ax, %di
	orw	$BI_STAGE2, %di
	cmpl	$GPT_MAGIC, (%di)
	je	1f
	call	die
	.asciz	"no GPT"
1:	movl	GPT_ENTRIES(%di), %eax
	movl	GPT_ENTRIES + 4(%di), %ebx
	movw	GPT_COUNT(%di), %cx
	movw	GPT_ENTRY_SIZE(%di), %si
chunk:
	jcxz	no_vdev
	movw	$ENTRIES, %di
	call	read
1:	jc	unreadable
	addl	%ebp, %eax
	adcl	$0, %ebx
entry:
	pushal
	movw	$vdev_type, %si
	movw	$8, %cx
	repe cmpsw
	je	found
next:
	popal
	addw	%si, %di
	cmpw	$ENTRIES + READ_SIZE, %di
	loopne	entry
	je	chunk
no_vdev:
	call	die
	.asciz	"no ZFS partition with a loader"

/* 64 times 8 KiB into the partition the boot region starts. */
found:
	movl	ENTRY_START - 16(%di), %eax
	movl	ENTRY_START - 12(%di), %ebx
	shll	$6, %ebp
	addl	%ebp, %eax
	adcl	$0, %ebx
	shrw	$6, %bp
	movw	$BI_STAGE2, %di
	call	read
	jc	1b
	cmpl	$BI_MAGIC_0, (%di)
	jne	next			/* somebody else's pool */
	cmpb	$BI_VERSION, BI_HEADER_VERSION(%di)
	je	1f
	call	die
	.asciz	"loader has another version"
1:	movw	%di, %si
	movw	$READ_SIZE / 4, %cx
	xorl	%edi, %edi
	pushl	%eax
1:	lodsl
	roll	$1, %edi
	addl	%eax, %edi
	loop	1b
	popl	%eax
	jz	stage2_entry
	call	die
	.asciz	"loader is damaged"

prefix:
	.asciz	"zlive: "
vdev_type:
	.long	0x6a898cc3
	.word	0x1dd2, 0x11b2
	.byte	0x99, 0xa6, 0x08, 0x00, 0x20, 0x73, 0x66, 0x31
	.org	BI_MBR_ID
	.long	0			/* differs from stick to stick */
