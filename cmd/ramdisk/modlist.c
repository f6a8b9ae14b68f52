/* SPDX-License-Identifier: BSD-2-Clause */
#include <stddef.h>
#include "cmd/ramdisk/modules.h"

/*
 * Patterns of module paths, without folder "kernel/" and suffix; one without a slash is a
 * module's name. What a kernel does not have, or has built in, is passed over.
 */
const char *const rd_modules_default[] = {
	"zfs",

	/* what waits in front of a stick that was pulled out; multipath is below it */
	"dm_round_robin",

	/* a root whose changes stay in memory */
	"overlay",
	/* a pool that is copied into memory */
	"loop",

	/* USB: host controllers, storage; hubs are part of usbcore */
	"drivers/usb/host/xhci-*",
	"drivers/usb/host/ehci-*",
	"drivers/usb/host/ohci-*",
	"drivers/usb/host/uhci-*",
	"dwc3",
	"drivers/usb/dwc3/dwc3-pci",
	"drivers/usb/dwc3/dwc3-haps",
	"drivers/usb/roles/intel-xhci-usb-role-switch",
	"drivers/usb/storage/*",
	"drivers/thunderbolt/thunderbolt",

	/* SCSI disks, SATA and PATA */
	"sd_mod",
	"drivers/ata/ahci*",
	"drivers/ata/acard-ahci",
	"drivers/ata/ata_*",
	"drivers/ata/pata_[!lp]*",
	"drivers/ata/pata_pdc*",
	"drivers/ata/pdc_adma",
	"drivers/ata/sata_*",

	/* NVMe, also behind Intel's volume management device */
	"nvme",
	"vmd",

	/* SD and MMC, in PCI, ACPI and USB readers */
	"mmc_block",
	"drivers/mmc/host/[!s]*",
	"drivers/mmc/host/sdhci-*",
	"drivers/misc/cardreader/*",

	/* what server boards put SATA disks behind */
	"isci",
	"mpt3sas",
	"megaraid_sas",

	/* FireWire disks */
	"firewire_ohci",
	"firewire_sbp2",

	/* virtual machines: virtio, Hyper-V, VMware, Xen */
	"virtio_pci",
	"virtio_mmio",
	"virtio_blk",
	"virtio_scsi",
	"virtio_input",
	"hv_vmbus",
	"hv_storvsc",
	"pci_hyperv",
	"hyperv_keyboard",
	"hid_hyperv",
	"vmw_pvscsi",
	"mptspi",
	"mptsas",
	"BusLogic",
	"xen_blkfront",
	"xen_scsifront",

	/* keyboards, for a passphrase and the rescue shell */
	"atkbd",
	"i8042",
	"usbhid",
	"hid_generic",
	"hid_a4tech",
	"hid_apple",
	"hid_belkin",
	"hid_cherry",
	"hid_chicony",
	"hid_corsair",
	"hid_cypress",
	"hid_elecom",
	"hid_ezkey",
	"hid_google_hammer",
	"hid_gyration",
	"hid_holtek_kbd",
	"hid_ite",
	"hid_kensington",
	"hid_keytouch",
	"hid_lenovo",
	"hid_logitech*",
	"hid_maltron",
	"hid_microsoft",
	"hid_monterey",
	"hid_nti",
	"hid_ortek",
	"hid_petalynx",
	"hid_primax",
	"hid_razer",
	"hid_redragon",
	"hid_samsung",
	"hid_semitek",
	"hid_sunplus",
	"hid_topseed",
	"hid_zydacron",

	/* keyboards of laptops behind I2C and SPI */
	"drivers/hid/i2c-hid/i2c-hid-acpi*",
	"drivers/hid/surface-hid/*",
	"drivers/platform/surface/aggregator/surface_aggregator",
	"drivers/platform/surface/surface_aggregator_registry",
	"applespi",
	"drivers/mfd/intel-lpss*",
	"i2c_designware_pci",
	"spi_pxa2xx_platform",
	"drivers/pinctrl/intel/*",
	NULL,
};
