/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSTILE_CASES_H
#define HOSTILE_CASES_H

#include "tests/tools/hostile/hostile.h"

void make_dir_loop(struct hostile *h);
void make_dir_loop_with_parents(struct hostile *h);
void make_dir_self(struct hostile *h);
void make_dir_fan(struct hostile *h);
void make_name_up(struct hostile *h);
void make_name_slash(struct hostile *h);
void make_name_control(struct hostile *h);
void make_file_huge(struct hostile *h);
void make_file_tree(struct hostile *h);
void make_file_levels(struct hostile *h);
void make_file_links(struct hostile *h);
void make_link_huge(struct hostile *h);
void make_xattr_self(struct hostile *h);
void make_xattr_root(struct hostile *h);
void make_zap_table(struct hostile *h);
void make_zap_leaf(struct hostile *h);
void make_zap_chain(struct hostile *h);

void make_gang_self(struct hostile *h);
void make_gang_fan(struct hostile *h);
void make_dsl_loop(struct hostile *h);
void make_dsl_self(struct hostile *h);
void make_dsl_names(struct hostile *h);
void make_snapshot_head(struct hostile *h);
void make_snapshot_loop(struct hostile *h);
void make_origin_self(struct hostile *h);
void make_meta_huge(struct hostile *h);
void make_label_parity(struct hostile *h);
void make_label_ashift(struct hostile *h);
void make_label_children(struct hostile *h);
void make_label_deep(struct hostile *h);
void make_label_long(struct hostile *h);
void make_label_feature(struct hostile *h);

void make_records_stored(struct hostile *h);
void make_records_zstd(struct hostile *h);

#endif
