/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_MODLOAD_H
#define ZLIVE_INIT_MODLOAD_H

#include "base/span.h"

/*
 * Gives the kernel the module in a file, .ko or .ko.zst, with these parameters; nothing is done
 * for one that is there already. The error of the kernel, negative, or of the file. ctx is
 * unused.
 */
ZB_MUST_CHECK int zi_modload(void *ctx, const char *path, const char *parameters);

/* Whether the kernel has the module of that name, in either spelling, loaded and started. */
bool zi_modload_is_there(const char *name);

/*
 * What a .ko.zst holds: one zstd frame that tells its length. The caller frees it. ZB_ECORRUPT if
 * the file is anything else.
 */
ZB_MUST_CHECK int zi_modload_unpack(struct zb_span file, uint8_t **ret_module,
				    size_t *ret_size);

#endif
