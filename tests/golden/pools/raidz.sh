# SPDX-License-Identifier: BSD-2-Clause
# disk: 216M
# parts: 3
# What cannot be read yet, and is to be refused by its name.
zpool create -R /mnt/tank $pool raidz ${dev}1 ${dev}2 ${dev}3
echo text >/mnt/tank/$pool/text
