/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include "cmd/look.h"

/*
 * Faults that were survived. A damaged disk gives thousands, many of them again and again: each
 * is told once, with --verbose, and at the end their number by device.
 */
#define MAX_KEPT 65536

struct look_notes {
	const struct look_options *options;
	struct zb_diag *kept;
	size_t n, size;
	size_t *slots; /* numbers from 1 into kept, by hash; as many as twice size */
	bool overflow;
};

struct look_notes *look_notes_create(const struct look_options *options)
{
	struct look_notes *notes = calloc(1, sizeof(*notes));

	if (notes)
		notes->options = options;
	return notes;
}

static size_t hash(const struct zb_diag *what)
{
	size_t h = (size_t)what->offset * 31 + 7;

	for (const char *p = what->object; *p; p++)
		h = h * 31 + (unsigned char)*p;
	for (const char *p = what->reason; *p; p++)
		h = h * 31 + (unsigned char)*p;
	return h;
}

static bool same(const struct zb_diag *a, const struct zb_diag *b)
{
	return a->offset == b->offset && strcmp(a->object, b->object) == 0 &&
	       strcmp(a->reason, b->reason) == 0;
}

/* The slot of a note or, if it is new, the free one for it. */
static size_t *find(struct look_notes *notes, const struct zb_diag *what)
{
	size_t mask = 2 * notes->size - 1, at = hash(what) & mask;

	while (notes->slots[at] && !same(&notes->kept[notes->slots[at] - 1], what))
		at = (at + 1) & mask;
	return &notes->slots[at];
}

static bool grow(struct look_notes *notes)
{
	size_t size = notes->size ? 2 * notes->size : 64;
	struct zb_diag *kept;
	size_t *slots;

	if (size > MAX_KEPT)
		return false;
	kept = realloc(notes->kept, size * sizeof(*kept));
	if (!kept)
		return false;
	notes->kept = kept;
	slots = calloc(2 * size, sizeof(*slots));
	if (!slots)
		return false;
	free(notes->slots);
	notes->slots = slots;
	notes->size = size;
	for (size_t i = 0; i < notes->n; i++)
		*find(notes, &kept[i]) = i + 1;
	return true;
}

void look_note(void *ctx, const struct zb_diag *what)
{
	struct look_notes *notes = ctx;
	char text[600];
	size_t *slot;

	if (notes->n == notes->size && !grow(notes)) {
		notes->overflow = true;
		return;
	}
	slot = find(notes, what);
	if (*slot)
		return;
	notes->kept[notes->n] = *what;
	*slot = ++notes->n;
	if (!notes->options->verbose || notes->options->json)
		return;
	zb_diag_text(what, text, sizeof(text));
	fprintf(stderr, "zlive: note: %s\n", text);
}

static int by_object(const void *a, const void *b)
{
	return strcmp(((const struct zb_diag *)a)->object,
		      ((const struct zb_diag *)b)->object);
}

static void print_text(const struct look_notes *notes)
{
	size_t same_object;

	fprintf(stderr,
		"zlive: %s%zu fault%s survived: ", notes->overflow ? "more than " : "",
		notes->n, notes->n == 1 ? " was" : "s were");
	for (size_t i = 0; i < notes->n; i += same_object) {
		const char *object = notes->kept[i].object;

		for (same_object = 1; i + same_object < notes->n; same_object++)
			if (strcmp(notes->kept[i + same_object].object, object) != 0)
				break;
		fputs(i ? ", " : "", stderr);
		look_print_name(stderr, object);
		fprintf(stderr, " %zu", same_object);
	}
	fprintf(stderr, "%s\n",
		notes->options->verbose ? "" : "; --verbose names each of them");
}

static void print_json(const struct look_notes *notes)
{
	struct json_object *list = json_object_new_array(),
			   *obj = json_object_new_object();

	for (size_t i = 0; i < notes->n; i++) {
		const struct zb_diag *what = &notes->kept[i];
		struct json_object *fault = json_object_new_object();

		look_json_name(fault, "object", what->object);
		if (what->offset != ZB_DIAG_NO_OFFSET)
			look_json_u64(fault, "offset", what->offset);
		look_json_name(fault, "reason", what->reason);
		json_object_array_add(list, fault);
	}
	json_object_object_add(obj, "survived", list);
	fprintf(stderr, "%s\n",
		json_object_to_json_string_ext(
			obj, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(obj);
}

void look_notes_done(struct look_notes *notes)
{
	if (!notes)
		return;
	if (notes->n > 0) {
		qsort(notes->kept, notes->n, sizeof(*notes->kept), by_object);
		if (notes->options->json)
			print_json(notes);
		else
			print_text(notes);
	}
	free(notes->kept);
	free(notes->slots);
	free(notes);
}
