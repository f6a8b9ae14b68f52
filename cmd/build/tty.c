/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <termios.h>
#include <unistd.h>
#include "cmd/build/tty.h"

char *tty_read_hidden(void)
{
	struct termios shown, hidden;
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	if (tcgetattr(STDIN_FILENO, &shown) < 0)
		return NULL;
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	n = getline(&line, &room, stdin);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	fputc('\n', stderr);
	if (n <= 0) {
		free(line);
		return NULL;
	}
	if (line[n - 1] == '\n')
		line[n - 1] = '\0';
	return line;
}
