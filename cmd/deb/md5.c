/* SPDX-License-Identifier: BSD-2-Clause */
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/stat.h>
#include "cmd/deb/md5.h"
#include "host/crypto.h"

bool md5_text(const void *data, size_t len, char text[MD5_TEXT])
{
	uint8_t sum[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	if (!zh_crypto_usable() || EVP_Digest(data, len, sum, &n, EVP_md5(), NULL) != 1 ||
	    n != 16)
		return false;
	for (unsigned int i = 0; i < n; i++)
		sprintf(text + 2 * i, "%02x", sum[i]);
	return true;
}

void md5sums_add(const struct saved_list *files, struct text *out)
{
	char sum[MD5_TEXT];

	for (size_t i = 0; i < files->n; i++) {
		const struct saved *s = &files->list[i];

		if (!S_ISREG(s->mode))
			continue;
		if (!md5_text(s->data, s->len, sum)) {
			out->failed = true;
			return;
		}
		text_format(out, "%s  %s\n", sum, s->path);
	}
}
