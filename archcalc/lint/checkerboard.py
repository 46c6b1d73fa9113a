"""Transposed convolutions of which some output positions read more inputs than others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.window import TransposedWindow
from archcalc.lint.finding import Observation, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.lint.network import Network


def _check(network: Network) -> Iterator[Observation]:
    for layer in network.analysis.layers:
        for axis, window in (layer.windows or {}).items():
            if isinstance(window, TransposedWindow):
                taps = window.taps()
                counts = [len(taps.at(phase)) for phase in range(taps.period)]
                if min(counts) < max(counts):
                    yield _observation(layer.path, axis, window, min(counts), max(counts))


def _observation(path: str, axis: str, window: TransposedWindow, fewest: int, most: int) -> Observation:
    message = (
        f"checkerboard along {axis}: with kernel {window.kernel} and stride {window.stride}, neighboring outputs"
        f" read from {fewest} to {most} positions"
    )
    return Observation(path, axis, message, {"kernel": window.kernel, "stride": window.stride, "fewest": fewest,
                                             "most": most})  # fmt: skip


CHECKERBOARD = Rule(
    "AC203",
    "checkerboard",
    "a transposed convolution whose outputs read unevenly",
    "If the stride does not divide the kernel of a transposed convolution, neighboring outputs read different numbers"
    " of input positions. Outputs then show a pattern that repeats with the stride (a checkerboard in two dimensions,"
    " a flicker in time), which the weights have to learn to cancel.",
    "Use a kernel that is a multiple of the stride, or resize (nearest or linear) and then convolve.",
    "Odena, Dumoulin and Olah, Deconvolution and Checkerboard Artifacts (Distill, 2016).",
    _check,
)
