/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_RAMDISK_TREE_H
#define TEST_RAMDISK_TREE_H

#include <stddef.h>

/* A root tree in a temporary folder, for tests. */
struct test_tree {
	char root[64];
};

/* cmocka's setup and teardown; *state is a struct test_tree. */
int test_tree_setup(void **state);
int test_tree_teardown(void **state);

/* Paths are relative; folders on the way are made. */
void test_tree_put(const struct test_tree *t, const char *path, const void *data,
		   size_t len);
void test_tree_text(const struct test_tree *t, const char *path, const char *text);
void test_tree_link(const struct test_tree *t, const char *path, const char *target);

/*
 * A small ELF object for x86-64 (or another machine) with a dynamic section: needed is a list
 * of library names that ends with NULL; interp and runpath may be NULL.
 */
void test_tree_elf(const struct test_tree *t, const char *path, unsigned int machine,
		   const char *interp, const char *runpath, const char *const *needed);

#endif
