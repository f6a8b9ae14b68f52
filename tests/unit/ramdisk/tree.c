/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <elf.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "tree.h"

int test_tree_setup(void **state)
{
	struct test_tree *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	strcpy(t->root, "/tmp/zlive-tree-XXXXXX");
	assert_non_null(mkdtemp(t->root));
	*state = t;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

int test_tree_teardown(void **state)
{
	struct test_tree *t = *state;

	nftw(t->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(t);
	return 0;
}

static void full_path(const struct test_tree *t, const char *path, char *buf, size_t size)
{
	assert_true(snprintf(buf, size, "%s/%s", t->root, path) < (int)size);
	for (char *p = buf + strlen(t->root) + 1; (p = strchr(p, '/')); p++) {
		*p = 0;
		mkdir(buf, 0755);
		*p = '/';
	}
}

void test_tree_put(const struct test_tree *t, const char *path, const void *data,
		   size_t len)
{
	char full[512];
	FILE *out;

	full_path(t, path, full, sizeof(full));
	out = fopen(full, "w");
	assert_non_null(out);
	assert_int_equal(fwrite(data, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
}

void test_tree_text(const struct test_tree *t, const char *path, const char *text)
{
	test_tree_put(t, path, text, strlen(text));
}

void test_tree_link(const struct test_tree *t, const char *path, const char *target)
{
	char full[512];

	full_path(t, path, full, sizeof(full));
	assert_int_equal(symlink(target, full), 0);
}

/* header, one program header, interpreter, strings, dynamic section, three section headers */
struct image {
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr;
	char interp[64];
	char strings[512];
	Elf64_Dyn dynamic[16];
	Elf64_Shdr shdr[3];
};

static size_t add_string(struct image *image, size_t *have, const char *text)
{
	size_t at = *have;

	assert_true(at + strlen(text) + 1 < sizeof(image->strings));
	strcpy(image->strings + at, text);
	*have += strlen(text) + 1;
	return at;
}

static void fill_headers(struct image *image, unsigned int machine, const char *interp)
{
	image->ehdr = (Elf64_Ehdr){
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_DYN,
		.e_machine = (Elf64_Half)machine,
		.e_version = EV_CURRENT,
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phoff = offsetof(struct image, phdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1,
		.e_shoff = offsetof(struct image, shdr),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = 3,
	};
	image->phdr = (Elf64_Phdr){ .p_type = PT_NULL };
	if (!interp)
		return;
	strcpy(image->interp, interp);
	image->phdr = (Elf64_Phdr){ .p_type = PT_INTERP,
				    .p_offset = offsetof(struct image, interp),
				    .p_filesz = strlen(interp) + 1 };
}

void test_tree_elf(const struct test_tree *t, const char *path, unsigned int machine,
		   const char *interp, const char *runpath, const char *const *needed)
{
	struct image image;
	size_t have = 1, n = 0;

	memset(&image, 0, sizeof(image));
	fill_headers(&image, machine, interp);
	for (; *needed; needed++) {
		image.dynamic[n].d_tag = DT_NEEDED;
		image.dynamic[n++].d_un.d_val = add_string(&image, &have, *needed);
	}
	if (runpath) {
		image.dynamic[n].d_tag = DT_RUNPATH;
		image.dynamic[n++].d_un.d_val = add_string(&image, &have, runpath);
	}
	image.shdr[1] = (Elf64_Shdr){ .sh_type = SHT_STRTAB,
				      .sh_offset = offsetof(struct image, strings),
				      .sh_size = sizeof(image.strings) };
	image.shdr[2] = (Elf64_Shdr){ .sh_type = SHT_DYNAMIC,
				      .sh_offset = offsetof(struct image, dynamic),
				      .sh_size = sizeof(image.dynamic),
				      .sh_entsize = sizeof(Elf64_Dyn),
				      .sh_link = 1 };
	test_tree_put(t, path, &image, sizeof(image));
}
