"""The vocabulary: every operator a spec may name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.ops.conv import Conv1d, Conv2d, Conv3d

if TYPE_CHECKING:
    from archcalc.ops.base import Operator

OPS: dict[str, type[Operator]] = {
    "conv1d": Conv1d,
    "conv2d": Conv2d,
    "conv3d": Conv3d,
}
