/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The init of a root for benchmarks: says on the console how many milliseconds after the
 * kernel's start it was reached, and of which type the root is. Without a C library, so that
 * next to nothing is read from the root for it.
 */
#include <fcntl.h>
#include <stdint.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <time.h>

static long call(long number, long a, long b, long c)
{
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return r;
}

/* Digits of v before end; where they begin. */
static char *digits(char *end, uint64_t v, unsigned int base)
{
	do
		*--end = "0123456789abcdef"[v % base];
	while (v /= base);
	return end;
}

static void say(int fd, const char *text)
{
	long len = 0;

	while (text[len])
		len++;
	call(SYS_write, fd, (long)text, len);
}

static void say_number(int fd, uint64_t v, unsigned int base)
{
	char buf[24] = { 0 };

	say(fd, digits(buf + sizeof(buf) - 1, v, base));
}

void _start(void);

/* The kernel enters it with the stack aligned as before a call, not as after one. */
__attribute__((force_align_arg_pointer)) void _start(void)
{
	struct timespec t = { 0 };
	struct statfs fs = { 0 };
	int fd;

	call(SYS_clock_gettime, CLOCK_BOOTTIME, (long)&t, 0);
	call(SYS_statfs, (long)"/", (long)&fs, 0);
	fd = (int)call(SYS_open, (long)"/dev/console", O_WRONLY | O_NOCTTY, 0);
	say(fd, "\r\nBENCH-ROOT ");
	say_number(fd, (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000, 10);
	say(fd, " ms, type ");
	say_number(fd, (uint64_t)fs.f_type, 16);
	say(fd, ".\r\n");
	for (;;)
		call(SYS_pause, 0, 0, 0);
}
