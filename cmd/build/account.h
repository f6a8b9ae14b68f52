/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_ACCOUNT_H
#define ZLIVE_BUILD_ACCOUNT_H

#include "base/diag.h"
#include "cmd/build/text.h"

/* The four files of /etc in which accounts are. */
struct account_files {
	struct text *passwd, *group, *shadow, *gshadow;
};

struct account {
	uint32_t uid, gid;
};

/* Letters, digits, - and _, a letter or _ first, at most 32: what adduser(8) takes. */
bool account_name_valid(const char *name);

/* A crypt(3) hash as shadow(5) holds it: no colon, no line end. */
bool account_hash_valid(const char *hash);

/*
 * Sets the password of an account that is in the files; hash NULL leaves it without one.
 * `days` is the date of the change since 1970. ZB_ENOENT if there is no such account.
 */
ZB_MUST_CHECK int account_set_password(const struct account_files *f, const char *name,
				       const char *hash, uint32_t days,
				       struct zb_diag *diag);

/*
 * Makes a user with a group of the same name and the next free number from 1000 on, home
 * /home/NAME and shell; an account of that name that is there already keeps its numbers,
 * but it has to be an ordinary user's.
 */
ZB_MUST_CHECK int account_add_user(const struct account_files *f, const char *name,
				   const char *shell, struct account *ret_account,
				   struct zb_diag *diag);

/* Makes name a member of a group; ZB_ENOENT if there is no such group. */
ZB_MUST_CHECK int account_add_to_group(const struct account_files *f, const char *group,
				       const char *name, struct zb_diag *diag);

/*
 * The crypt(3) hash (yescrypt) of a password, into a string that the caller frees. 16
 * bytes of salt.
 */
ZB_MUST_CHECK int account_hash(const char *password, const uint8_t salt[16],
			       char **ret_hash, struct zb_diag *diag);

#endif
