/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef UE_EFI_H
#define UE_EFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The part of the UEFI specification (2.10) that the loader uses, in its own names where
 * people would grep for them, in our spelling. The compiler's target is x86_64-unknown-windows,
 * whose calling convention is UEFI's, so functions need no attribute. Members that nobody
 * here calls are `void *` to keep the layout.
 */

typedef uint64_t efi_status;
typedef void *efi_handle;
typedef uint16_t efi_char; /* UCS-2 */

#define EFI_ERROR_BIT	       (1ULL << 63)
#define EFI_SUCCESS	       0
#define EFI_LOAD_ERROR	       (EFI_ERROR_BIT | 1)
#define EFI_INVALID_PARAMETER  (EFI_ERROR_BIT | 2)
#define EFI_UNSUPPORTED	       (EFI_ERROR_BIT | 3)
#define EFI_BUFFER_TOO_SMALL   (EFI_ERROR_BIT | 5)
#define EFI_NOT_READY	       (EFI_ERROR_BIT | 6)
#define EFI_DEVICE_ERROR       (EFI_ERROR_BIT | 7)
#define EFI_OUT_OF_RESOURCES   (EFI_ERROR_BIT | 9)
#define EFI_NO_MEDIA	       (EFI_ERROR_BIT | 12)
#define EFI_MEDIA_CHANGED      (EFI_ERROR_BIT | 13)
#define EFI_NOT_FOUND	       (EFI_ERROR_BIT | 14)
#define EFI_ACCESS_DENIED      (EFI_ERROR_BIT | 15)
#define EFI_TIMEOUT	       (EFI_ERROR_BIT | 18)
#define EFI_SECURITY_VIOLATION (EFI_ERROR_BIT | 26)

static inline bool efi_failed(efi_status status)
{
	return (status & EFI_ERROR_BIT) != 0;
}

struct efi_guid {
	uint32_t data1;
	uint16_t data2;
	uint16_t data3;
	uint8_t data4[8];
};

struct efi_table_header {
	uint64_t signature;
	uint32_t revision;
	uint32_t header_size;
	uint32_t crc32;
	uint32_t reserved;
};

/* ---- device paths ---- */

struct efi_device_path {
	uint8_t type;
	uint8_t sub_type;
	uint8_t length[2]; /* little-endian, with this header */
};

#define EFI_DP_HARDWARE	       0x01
#define EFI_DP_MESSAGING       0x03
#define EFI_DP_MEDIA	       0x04
#define EFI_DP_END	       0x7f
#define EFI_DP_HW_MEMMAP       0x03
#define EFI_DP_MSG_UART	       0x0e
#define EFI_DP_MSG_USB	       0x05
#define EFI_DP_MSG_SATA	       0x12
#define EFI_DP_MSG_NVME	       0x17
#define EFI_DP_MSG_SD	       0x1a
#define EFI_DP_MSG_EMMC	       0x1d
#define EFI_DP_MEDIA_HARDDRIVE 0x01
#define EFI_DP_MEDIA_CDROM     0x02
#define EFI_DP_MEDIA_VENDOR    0x03
#define EFI_DP_END_INSTANCE    0x01
#define EFI_DP_END_ENTIRE      0xff

/* Offsets in a hard drive node: 4 u32 number, 8 u64 start, 16 u64 size, 24 signature (16), */
#define EFI_HD_NUMBER	       4
#define EFI_HD_SIGNATURE       24
#define EFI_HD_SIG_TYPE	       41 /* 40: partition table format */
#define EFI_HD_SIZE	       42
#define EFI_HD_SIG_GUID	       2

/* ---- console ---- */

struct efi_input_key {
	uint16_t scan_code;
	efi_char unicode;
};

enum efi_scan_code {
	EFI_SCAN_UP = 1,
	EFI_SCAN_DOWN = 2,
	EFI_SCAN_RIGHT = 3,
	EFI_SCAN_LEFT = 4,
	EFI_SCAN_HOME = 5,
	EFI_SCAN_END = 6,
	EFI_SCAN_INSERT = 7,
	EFI_SCAN_DELETE = 8,
	EFI_SCAN_PAGE_UP = 9,
	EFI_SCAN_PAGE_DOWN = 10,
	EFI_SCAN_ESC = 23,
};

struct efi_text_input {
	efi_status (*reset)(struct efi_text_input *self, bool extended);
	efi_status (*read_key)(struct efi_text_input *self,
			       struct efi_input_key *ret_key);
	void *wait_for_key;
};

struct efi_text_mode {
	int32_t max_mode;
	int32_t mode;
	int32_t attribute;
	int32_t cursor_column;
	int32_t cursor_row;
	bool cursor_visible;
};

struct efi_text_output {
	efi_status (*reset)(struct efi_text_output *self, bool extended);
	efi_status (*output_string)(struct efi_text_output *self, const efi_char *s);
	efi_status (*test_string)(struct efi_text_output *self, const efi_char *s);
	efi_status (*query_mode)(struct efi_text_output *self, uint64_t mode,
				 uint64_t *ret_columns, uint64_t *ret_rows);
	efi_status (*set_mode)(struct efi_text_output *self, uint64_t mode);
	efi_status (*set_attribute)(struct efi_text_output *self, uint64_t attribute);
	efi_status (*clear_screen)(struct efi_text_output *self);
	efi_status (*set_cursor_position)(struct efi_text_output *self, uint64_t column,
					  uint64_t row);
	efi_status (*enable_cursor)(struct efi_text_output *self, bool visible);
	struct efi_text_mode *mode;
};

struct efi_serial_mode {
	uint32_t control_mask;
	uint32_t timeout; /* microseconds */
	uint64_t baud_rate;
	uint32_t receive_fifo_depth;
	uint32_t data_bits;
	uint32_t parity;
	uint32_t stop_bits;
};

#define EFI_SERIAL_INPUT_EMPTY 0x100

struct efi_serial_io {
	uint32_t revision;
	efi_status (*reset)(struct efi_serial_io *self);
	efi_status (*set_attributes)(struct efi_serial_io *self, uint64_t baud,
				     uint32_t fifo, uint32_t timeout, uint32_t parity,
				     uint8_t data_bits, uint32_t stop_bits);
	efi_status (*set_control)(struct efi_serial_io *self, uint32_t control);
	efi_status (*get_control)(struct efi_serial_io *self, uint32_t *ret_control);
	efi_status (*write)(struct efi_serial_io *self, uint64_t *size, const void *buf);
	efi_status (*read)(struct efi_serial_io *self, uint64_t *size, void *buf);
	struct efi_serial_mode *mode;
};

/* ---- block devices ---- */

struct efi_block_media {
	uint32_t media_id;
	bool removable;
	bool present;
	bool logical_partition;
	bool read_only;
	bool write_caching;
	uint32_t block_size;
	uint32_t io_align; /* 0 and 1: none; else a power of two */
	uint64_t last_block;
};

struct efi_block_io {
	uint64_t revision;
	struct efi_block_media *media;
	efi_status (*reset)(struct efi_block_io *self, bool extended);
	efi_status (*read_blocks)(struct efi_block_io *self, uint32_t media_id,
				  uint64_t lba, uint64_t size, void *buf);
	void *write_blocks;
	void *flush_blocks;
};

/* ---- services ---- */

enum efi_allocate_type {
	EFI_ALLOCATE_ANY_PAGES,
	EFI_ALLOCATE_MAX_ADDRESS,
	EFI_ALLOCATE_ADDRESS,
};

enum efi_memory_type {
	EFI_LOADER_CODE = 1,
	EFI_LOADER_DATA = 2,
};

#define EFI_PAGE_SIZE	     4096
#define EFI_TIMER_PERIODIC   1
#define EFI_TIMER_RELATIVE   2
#define EFI_EVT_TIMER	     0x80000000u
#define EFI_BY_PROTOCOL	     2
#define EFI_NATIVE_INTERFACE 0

enum efi_reset_type {
	EFI_RESET_COLD,
	EFI_RESET_WARM,
	EFI_RESET_SHUTDOWN,
};

struct efi_runtime_services {
	struct efi_table_header header;
	void *time_and_virtual[6];
	efi_status (*get_variable)(const efi_char *name, const struct efi_guid *vendor,
				   uint32_t *ret_attributes, uint64_t *size, void *data);
	void *get_next_variable_name;
	efi_status (*set_variable)(const efi_char *name, const struct efi_guid *vendor,
				   uint32_t attributes, uint64_t size, const void *data);
	void *get_next_high_monotonic_count;
	void (*reset_system)(enum efi_reset_type type, efi_status status, uint64_t size,
			     void *data);
};

struct efi_boot_services {
	struct efi_table_header header;
	void *raise_tpl;
	void *restore_tpl;
	efi_status (*allocate_pages)(enum efi_allocate_type type,
				     enum efi_memory_type memory, uint64_t pages,
				     uint64_t *address);
	efi_status (*free_pages)(uint64_t address, uint64_t pages);
	void *get_memory_map;
	efi_status (*allocate_pool)(enum efi_memory_type memory, uint64_t size,
				    void **ret_buf);
	efi_status (*free_pool)(void *buf);
	efi_status (*create_event)(uint32_t type, uint64_t tpl, void *notify, void *ctx,
				   void **ret_event);
	efi_status (*set_timer)(void *event, uint32_t type, uint64_t hundred_ns);
	efi_status (*wait_for_event)(uint64_t n, void **events, uint64_t *ret_index);
	void *signal_event;
	efi_status (*close_event)(void *event);
	efi_status (*check_event)(void *event);
	void *install_protocol_interface;
	void *reinstall_protocol_interface;
	void *uninstall_protocol_interface;
	efi_status (*handle_protocol)(efi_handle handle, const struct efi_guid *protocol,
				      void **ret_interface);
	void *reserved;
	void *register_protocol_notify;
	void *locate_handle;
	void *locate_device_path;
	void *install_configuration_table;
	efi_status (*load_image)(bool boot_policy, efi_handle parent,
				 const struct efi_device_path *path, const void *source,
				 uint64_t source_size, efi_handle *ret_image);
	efi_status (*start_image)(efi_handle image, uint64_t *ret_exit_data_size,
				  efi_char **ret_exit_data);
	void *exit;
	efi_status (*unload_image)(efi_handle image);
	void *exit_boot_services;
	void *get_next_monotonic_count;
	efi_status (*stall)(uint64_t microseconds);
	efi_status (*set_watchdog_timer)(uint64_t seconds, uint64_t code, uint64_t size,
					 const efi_char *data);
	efi_status (*connect_controller)(efi_handle controller, efi_handle *drivers,
					 struct efi_device_path *remaining,
					 bool recursive);
	void *disconnect_controller;
	void *open_protocol;
	void *close_protocol;
	void *open_protocol_information;
	void *protocols_per_handle;
	efi_status (*locate_handle_buffer)(uint32_t search,
					   const struct efi_guid *protocol, void *key,
					   uint64_t *ret_n, efi_handle **ret_handles);
	efi_status (*locate_protocol)(const struct efi_guid *protocol, void *registration,
				      void **ret_interface);
	efi_status (*install_multiple_protocol_interfaces)(efi_handle *handle, ...);
	efi_status (*uninstall_multiple_protocol_interfaces)(efi_handle handle, ...);
};

#define EFI_LOCATE_ALL_HANDLES 0
#define EFI_LOCATE_BY_PROTOCOL 2

struct efi_system_table {
	struct efi_table_header header;
	const efi_char *firmware_vendor;
	uint32_t firmware_revision;
	efi_handle con_in_handle;
	struct efi_text_input *con_in;
	efi_handle con_out_handle;
	struct efi_text_output *con_out;
	efi_handle std_err_handle;
	struct efi_text_output *std_err;
	struct efi_runtime_services *runtime;
	struct efi_boot_services *boot;
	uint64_t n_config_tables;
	void *config_tables;
};

struct efi_loaded_image {
	uint32_t revision;
	efi_handle parent;
	struct efi_system_table *system_table;
	efi_handle device;
	struct efi_device_path *file_path;
	void *reserved;
	uint32_t load_options_size; /* bytes */
	void *load_options;
	void *image_base;
	uint64_t image_size;
	uint32_t image_code_type;
	uint32_t image_data_type;
	void *unload;
};

struct efi_load_file2 {
	efi_status (*load_file)(struct efi_load_file2 *self, struct efi_device_path *path,
				bool boot_policy, uint64_t *size, void *buf);
};

/* ---- GUIDs, in guid.c ---- */

extern const struct efi_guid ue_guid_global_variable;
extern const struct efi_guid ue_guid_loaded_image;
extern const struct efi_guid ue_guid_device_path;
extern const struct efi_guid ue_guid_block_io;
extern const struct efi_guid ue_guid_simple_file_system;
extern const struct efi_guid ue_guid_serial_io;
extern const struct efi_guid ue_guid_load_file2;
extern const struct efi_guid ue_guid_linux_initrd; /* LINUX_EFI_INITRD_MEDIA_GUID */

#endif
