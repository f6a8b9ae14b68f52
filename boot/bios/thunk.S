/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into protected mode and, for each call of the BIOS, back. The code lies below 64 KiB, so that
 * the same addresses serve as offsets in segment 0 and in the flat 32-bit segments. Interrupts
 * are on only while the BIOS runs; in protected mode there are handlers for the processor's own
 * exceptions only, which say what happened: without them the machine would start again, silently.
 */
#include "boot/bios/layout.h"

#define CODE32 0x08
#define DATA32 0x10
#define CODE16 0x18
#define DATA16 0x20
#define PE     1

#define EXCEPTIONS	32
#define STUB_SIZE	16
#define HAVE_ERROR_CODE 0x60227d00 /* bit n: exception n pushes one */
#define INTERRUPT_GATE	0x8e00

	.section .head, "awx"

/*
 * To real mode with segments and stack at 0, and back. Interrupts stay off. Both leave the stack
 * to the caller and cost %ax and the flags; protected_mode comes from the BIOS, which may have
 * changed the segments and the GDT.
 */
	.macro	real_mode
	movl	%esp, saved_esp
	lidtl	real_idt
	ljmpl	$CODE16, $1f

	.code16
1:	movw	$DATA16, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %fs
	movw	%ax, %gs
	movw	%ax, %ss
	movl	%cr0, %eax
	andb	$~PE, %al
	movl	%eax, %cr0
	ljmpw	$0, $2f
2:	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %fs
	movw	%ax, %gs
	movw	%ax, %ss
	.endm

	.macro	protected_mode
	xorw	%ax, %ax
	movw	%ax, %ds
	lgdtl	gdt_pointer
	movl	%cr0, %eax
	orb	$PE, %al
	movl	%eax, %cr0
	ljmpl	$CODE32, $1f

	.code32
1:	call	load_segments
	.endm

	.macro	back_to_c
	protected_mode
	movl	saved_esp, %esp
	lidtl	idt_pointer
	cld
	.endm

	.code16
	.globl	bi_enter_protected
bi_enter_protected:
	cli
	protected_mode
	movl	$BI_STACK_TOP, %esp
	movl	$bi_bss_start, %edi
	movl	$bi_bss_end, %ecx
	subl	%edi, %ecx
	xorl	%eax, %eax
	cld
	rep stosb
	lidtl	idt_pointer
	movzbl	bi_boot_drive, %eax
	pushl	%eax
	call	bi_main
2:	hlt
	jmp	2b

load_segments:
	movw	$DATA32, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	%ax, %fs
	movw	%ax, %gs
	ret

/* void bi_real_call(unsigned int vector, struct bi_regs *regs) */
	.globl	bi_real_call
bi_real_call:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movb	20(%esp), %al
	movb	%al, vector
	movl	24(%esp), %esi
	movl	$real_regs, %edi
	movl	$(real_regs_end - real_regs) / 4, %ecx
	rep movsl
	real_mode
	movl	$real_regs, %esp
	popal
	popw	%ds
	popw	%es
	movl	$BI_REAL_STACK, %esp
	sti
	.byte	0xcd			/* int */
vector:
	.byte	0
	cli
	movl	$real_regs_end, %esp
	pushfl
	pushw	%es
	pushw	%ds
	pushal
	back_to_c
	movl	24(%esp), %edi
	movl	$real_regs, %esi
	movl	$(real_regs_end - real_regs) / 4, %ecx
	rep movsl
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

/* void bi_real_halt(void): until the next interrupt */
	.globl	bi_real_halt
bi_real_halt:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	real_mode
	movl	$BI_REAL_STACK, %esp
	sti
	hlt
	cli
	back_to_c
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

/* An exception's stub leaves number, error code, address on the stack: bi_exception()'s. */
	.set	i, 0
	.balign	STUB_SIZE
stubs:
	.rept	EXCEPTIONS
	.balign	STUB_SIZE
	.if	!(HAVE_ERROR_CODE >> i & 1)
	pushl	$0
	.endif
	pushl	$i
	jmp	exception
	.set	i, i + 1
	.endr
exception:
	cld
	call	bi_exception
1:	hlt
	jmp	1b

	.set	i, 0
	.balign	8
idt:
	.rept	EXCEPTIONS
	.word	stubs + i * STUB_SIZE, CODE32, INTERRUPT_GATE, 0
	.set	i, i + 1
	.endr
idt_end:
idt_pointer:
	.word	idt_end - idt - 1
	.long	idt

	.balign	8
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff	/* 32-bit code */
	.quad	0x00cf93000000ffff	/* 32-bit data */
	.quad	0x00009b000000ffff	/* 16-bit code, 64 KiB */
	.quad	0x000093000000ffff	/* 16-bit data */
gdt_end:
gdt_pointer:
	.word	gdt_end - gdt - 1
	.long	gdt
real_idt:
	.word	0x3ff
	.long	0
	.balign	4
saved_esp:
	.long	0
	.long	0			/* load_segments is called with the stack just below */
/* As struct bi_regs: what popal takes, then %ds and %es, then the flags. */
real_regs:
	.fill	8, 4, 0
	.word	0, 0
	.long	0
real_regs_end:
