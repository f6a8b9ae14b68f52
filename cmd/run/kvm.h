/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_RUN_KVM_H
#define ZLIVE_RUN_KVM_H

#include <stdbool.h>

/*
 * Whether KVM really runs guests, and fast enough to be of use: a small one is started.
 * That /dev/kvm opens does not say so (a virtual machine may emulate it, slower than QEMU
 * would).
 */
bool run_kvm_works(void);

#endif
