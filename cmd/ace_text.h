/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_ACE_TEXT_H
#define ZLIVE_ACE_TEXT_H

#include "fmt/acl.h"

#define ACE_TEXT_SIZE 128

/*
 * An entry of an NFSv4 ACL as text, "owner@:rwxp:fd:allow" or "user:1000:r::deny:1000": as
 * archives have it, which repeat the number in the place of which readers that know the name
 * "1000" take it. ZB_ENOTSUP if that text has no word for its type; the text has its number then.
 */
ZB_MUST_CHECK int ace_text(const struct zf_ace *ace, char text[ACE_TEXT_SIZE]);

#endif
