# SPDX-License-Identifier: BSD-2-Clause
# disk: 216M
# parts: 3
# Three devices with single parity, and little in it.
zpool create -R /mnt/tank $pool raidz ${dev}1 ${dev}2 ${dev}3
echo text >/mnt/tank/$pool/text
