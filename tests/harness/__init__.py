# SPDX-License-Identifier: BSD-2-Clause
"""What the slow tests stand on: emulated machines, OpenZFS in one of them, trees and images."""
