/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "tests/fuzz/fuzz.h"

/*
 * Runs a fuzz target over files, or over all files of directories, without libFuzzer: so every
 * build and every compiler goes through what fuzzing has found. Fails if there is no file.
 */

static int replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	size_t len;

	if (!f || fstat(fileno(f), &st)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	len = (size_t)st.st_size;
	data = malloc(len ? len : 1);
	if (!data || fread(data, 1, len, f) != len) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return -1;
	}
	fclose(f);
	/* the name first: if the target ends the program it is the last line */
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(data, len);
	free(data);
	return 1;
}

static int replay_directory(const char *dir)
{
	struct dirent **list;
	int n = scandir(dir, &list, NULL, alphasort), done = 0;

	if (n < 0) {
		fprintf(stderr, "%s: %s\n", dir, strerror(errno));
		return -1;
	}
	for (int i = 0; i < n; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
		if (list[i]->d_name[0] != '.' && done >= 0)
			done = replay_file(path) < 0 ? -1 : done + 1;
		free(list[i]);
	}
	free(list);
	return done;
}

int main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;
		int n = -1;

		if (stat(argv[i], &st))
			fprintf(stderr, "%s: %s\n", argv[i], strerror(errno));
		else
			n = S_ISDIR(st.st_mode) ? replay_directory(argv[i])
						: replay_file(argv[i]);
		if (n < 0)
			return 1;
		total += n;
	}
	printf("%d inputs\n", total);
	return total > 0 ? 0 : 1;
}
