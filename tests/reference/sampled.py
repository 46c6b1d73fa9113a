"""Operations that read one tensor at places which the values of others determine: any of its positions may be read."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from .operation import DoesNotFitError, Operands, Operation, Tap


@dataclass(frozen=True)
class Sampled(Operation):
    """All positions of the first tensor, and of the others, which say where to read it, the own position.

    A tensor without the axis is the same for all positions.
    """

    def taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        return [*((0, i) for i in range(operands[0] or 0)), *self.window_taps(axis, index, operands)]

    def window_taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        return [(at, 0 if n is None else index) for at, n in enumerate(operands) if at or n is None]

    def whole(self, axis: str, operands: Operands) -> bool:
        return operands[0] is not None

    def whole_operands(self, axis: str, operands: Operands) -> Collection[int]:
        return (0,) if self.whole(axis, operands) else ()

    def fixed(self, axis: str, operands: Operands) -> Collection[int]:
        longer = self.length(axis, operands) is not None
        return [at for at, n in enumerate(operands) if n is None and longer]

    def reads_channels(self, at: int, channel: int, counts: tuple[int, ...]) -> Iterable[int]:
        return (channel,) if at == 0 else range(counts[at])


@dataclass(frozen=True)
class GridSample(Sampled):
    """An image at places that two channels say."""

    padding_mode: str = "zeros"

    def spec(self) -> tuple[str, dict[str, object]]:
        return "grid_sample", {"padding_mode": self.padding_mode}

    def channels(self, operands: tuple[int, ...]) -> int:
        if operands[1] != 2:
            raise DoesNotFitError(f"places of {operands[1]} channels")
        return operands[0]

    def length(self, axis: str, operands: Operands) -> int | None:
        if any((n is not None) != (axis in "HW") for n in operands):
            raise DoesNotFitError("an image and places have H and W alone")
        return operands[1]


@dataclass(frozen=True)
class RoiAlign(Sampled):
    """So many rows and columns of each box; boxes, of four channels, lie along T."""

    rows: int
    columns: int

    def spec(self) -> tuple[str, dict[str, object]]:
        return "roi_align", {"output_size": [self.rows, self.columns]}

    def channels(self, operands: tuple[int, ...]) -> int:
        if operands[1] != 4:
            raise DoesNotFitError(f"boxes of {operands[1]} channels")
        return operands[0]

    def length(self, axis: str, operands: Operands) -> int | None:
        image, boxes = operands
        if (image is None) != (axis == "T") or (boxes is None) == (axis == "T"):
            raise DoesNotFitError("features have H and W, boxes have T")
        return {"T": boxes, "H": self.rows, "W": self.columns}[axis]


@dataclass(frozen=True)
class DeformConv2d(Sampled):
    """A convolution of an image whose taps are moved by two offsets each, and at times weighed by a third tensor."""

    out: int
    kernel: tuple[int, int]
    stride: int
    padding: int
    dilation: int

    def spec(self) -> tuple[str, dict[str, object]]:
        arguments: dict[str, object] = {"out": self.out, "kernel": list(self.kernel), "stride": self.stride}
        return "deform_conv2d", arguments | {"padding": self.padding, "dilation": self.dilation}

    def channels(self, operands: tuple[int, ...]) -> int:
        taps = self.kernel[0] * self.kernel[1]
        if operands[1:] not in ((2 * taps,), (2 * taps, taps)):
            raise DoesNotFitError(f"offsets and weights of {operands[1:]} channels for {taps} taps")
        return self.out

    def reads_channels(self, at: int, channel: int, counts: tuple[int, ...]) -> Iterable[int]:
        return range(counts[at])

    def length(self, axis: str, operands: Operands) -> int | None:
        if axis == "T" or None in operands:
            if any(n is not None for n in operands):
                raise DoesNotFitError("images have H and W alone")
            return None
        n = operands[0] or 0
        span = n + 2 * self.padding - self.dilation * (self.kernel["HW".index(axis)] - 1) - 1
        if span < 0 or any(each != span // self.stride + 1 for each in operands[1:]):
            raise DoesNotFitError(f"offsets at {operands[1:]} positions of {axis} for an image of {n}")
        return operands[1]
