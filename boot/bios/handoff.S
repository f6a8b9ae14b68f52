/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The jump into the kernel, as Documentation/arch/x86/boot.rst wants it: flat segments 10 (code)
 * and 18 (data), interrupts off, boot parameters in %esi or %rsi; for the 64-bit entry paging
 * with everything below 4 GiB mapped to itself.
 */
#include "boot/bios/layout.h"

#define CODE 0x10
#define DATA 0x18
#define PAE  0x20
#define EFER 0xc0000080
#define LME  0x100
#define PG   0x80000000

	.section .head, "awx"
	.code32

/* void bi_jump32(uint32_t entry, uint32_t params) */
	.globl	bi_jump32
bi_jump32:
	cli
	movl	4(%esp), %ebx
	movl	8(%esp), %esi
	lgdtl	gdt32_pointer
	ljmpl	$CODE, $1f
1:	call	load_segments
	movl	%ebx, %eax
	xorl	%ebx, %ebx
	xorl	%ebp, %ebp
	xorl	%edi, %edi
	jmp	*%eax

load_segments:
	movl	$DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	ret

/* void bi_jump64(uint32_t entry, uint32_t params, uint32_t page_tables) */
	.globl	bi_jump64
bi_jump64:
	cli
	movl	4(%esp), %ebx
	movl	8(%esp), %esi
	movl	12(%esp), %edi
	movl	%cr4, %eax
	orl	$PAE, %eax
	movl	%eax, %cr4
	movl	%edi, %cr3
	movl	$EFER, %ecx
	rdmsr
	orl	$LME, %eax
	wrmsr
	movl	%cr0, %eax
	orl	$PG, %eax
	movl	%eax, %cr0
	lgdtl	gdt64_pointer
	ljmpl	$CODE, $1f
	.code64
1:	movl	$DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	movl	%ebx, %eax		/* clears the upper halves */
	movl	%esi, %esi
	xorl	%ebx, %ebx
	xorl	%ebp, %ebp
	xorl	%edi, %edi
	jmp	*%rax

	.balign	8
gdt32:
	.quad	0, 0
	.quad	0x00cf9b000000ffff
	.quad	0x00cf93000000ffff
gdt64:
	.quad	0, 0
	.quad	0x00af9b000000ffff
	.quad	0x00cf93000000ffff
gdt_end:
gdt32_pointer:
	.word	gdt64 - gdt32 - 1
	.long	gdt32
gdt64_pointer:
	.word	gdt_end - gdt64 - 1
	.long	gdt64
