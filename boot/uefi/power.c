/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/uefi/uefi.h"

#define BOOT_TO_FW_UI	 1ULL /* EFI_OS_INDICATIONS_BOOT_TO_FW_UI */
#define VARIABLE_AT_BOOT 7    /* non-volatile, boot service and runtime access */

static uint64_t indications(struct ue_context *c, const efi_char *name)
{
	uint64_t value = 0, size = sizeof(value);

	if (efi_failed(c->st->runtime->get_variable(name, &ue_guid_global_variable, NULL,
						    &size, &value)) ||
	    size != sizeof(value))
		return 0;
	return value;
}

bool ue_setup_possible(struct ue_context *c)
{
	return indications(c, (const efi_char *)L"OsIndicationsSupported") &
	       BOOT_TO_FW_UI;
}

int ue_setup(void *ctx, struct zb_diag *diag)
{
	struct ue_context *c = ctx;
	const efi_char *name = (const efi_char *)L"OsIndications";
	uint64_t value = indications(c, name) | BOOT_TO_FW_UI;

	if (efi_failed(c->st->runtime->set_variable(name, &ue_guid_global_variable,
						    VARIABLE_AT_BOOT, sizeof(value),
						    &value)))
		return zb_fail(diag, ZB_EIO, "OsIndications", ZB_DIAG_NO_OFFSET,
			       "the firmware does not let it be set");
	c->st->runtime->reset_system(EFI_RESET_COLD, EFI_SUCCESS, 0, NULL);
	return zb_fail(diag, ZB_EIO, "firmware", ZB_DIAG_NO_OFFSET, "it does not reset");
}

void ue_reboot(void *ctx)
{
	struct ue_context *c = ctx;

	c->st->runtime->reset_system(EFI_RESET_COLD, EFI_SUCCESS, 0, NULL);
}

void ue_power_off(void *ctx)
{
	struct ue_context *c = ctx;

	c->st->runtime->reset_system(EFI_RESET_SHUTDOWN, EFI_SUCCESS, 0, NULL);
}
