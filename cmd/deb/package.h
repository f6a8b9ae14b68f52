/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_DEB_PACKAGE_H
#define ZLIVE_DEB_PACKAGE_H

#include "cmd/build/overlay.h"
#include "cmd/build/saved.h"

/*
 * The Debian package `zlive`, which makes a system keep its own ramdisks (share/debian
 * says how). It can be written as a .deb, or laid over a tree as dpkg would have
 * installed it.
 */
struct package {
	const char *version;
	struct text control;	   /* without "Installed-Size" */
	struct saved_list files;   /* paths without a leading slash, in order */
	struct saved_list scripts; /* of the control archive: postinst, triggers */
	struct text conffiles;	   /* "/etc/x\n" each */
};

void package_done(struct package *p);

/*
 * The real package: share, a tar of share/debian, and program, the zlive program. With
 * both empty, a package of the same name and version 0 that holds nothing and depends on
 * nothing but provides the same: it takes the place until the real one is laid over it.
 */
ZB_MUST_CHECK int package_load(struct package *p, struct zb_span share,
			       struct zb_span program, uint64_t time,
			       struct zb_diag *diag);

/* What the package depends on, separated by commas, as in its control file. */
const char *package_depends(void);

/* The .deb into out, which is added to. */
ZB_MUST_CHECK int package_write(const struct package *p, struct text *out,
				struct zb_diag *diag);

/* As if dpkg had installed it in the tree: before the source runs, and after. */
ZB_MUST_CHECK int package_overlay_before(const struct package *p, struct overlay *o,
					 struct zb_diag *diag);
ZB_MUST_CHECK int package_overlay_after(const struct package *p, struct overlay *o,
					struct zb_diag *diag);

#endif
