# SPDX-License-Identifier: BSD-2-Clause
# A feature of the future that has to be known to read the pool: one is enabled, one is active.
zpool create -R /mnt/tank $pool $disk
echo text >/mnt/tank/$pool/text
finish() {
	zhack $devices feature enable $pool org.example:enabled_only
	zhack $devices feature enable $pool org.example:from_the_future
	zhack $devices feature ref $pool org.example:from_the_future
	! import_it -N 2>/tmp/refused
	fact "OpenZFS refuses it" "org.example:from_the_future|unsupported version or feature" cat /tmp/refused
}
