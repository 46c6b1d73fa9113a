"""Designs a second of the evaluator of searches, compared with `load` and `analyze` in the same run.

Run `python -m tests.benchmarks.designs`; figures are seconds of CPU. Each network is varied twice: in a space where
parameters change one part of the network at a time, as in most searches, and in one where every design differs in
every layer, for which the evaluator can take over nothing.
"""

from __future__ import annotations

import time
from itertools import product
from typing import Any, NamedTuple

import archcalc
from archcalc.analysis.analyze import Settings
from archcalc.design.evaluator import Evaluator
from archcalc.spec.inputs import parse_override
from archcalc.spec.load import read_document

ASKED = ("macs", "params")
COMPARED = 12
"""Designs that are loaded and analyzed too."""

Variant = tuple[dict[str, Any], tuple[str, ...]]


class Space(NamedTuple):
    """Designs of a network, the target of the issue in designs a second, and how often faster would do as well."""

    name: str
    what: str
    designs: list[Variant]
    target: str


def spaces() -> list[Space]:
    """Return what is measured."""
    classes = range(10, 510, 10)
    pixels, frames = (112, 128, 160, 224), (8, 16, 32)
    r2plus1d: list[Variant] = [
        ({"mid": mid, "classes": each}, (f"clip=3x{t}x{h}x{h}",))
        for mid, t, h, each in product(("torchvision", "paper"), frames, pixels, classes)
    ]
    x3d: list[Variant] = [
        ({"classes": each}, (f"clip=3x{t}x{h}x{h}",)) for t, h, each in product((4, 8, 13, 16), pixels, classes)
    ]
    depths: list[Variant] = [
        ({"depths": [*each]}, (f"clip=3x{t}x160x160",))
        for t, each in product((4, 8, 13, 16), product((1, 2, 3), (3, 4, 5), (7, 9, 11), (3, 5, 7)))
    ]
    small: list[Variant] = [({}, (f"clip={c}x{t}x{h}x{h}@{fps}",))
             for c, t, h, fps in product((1, 3), range(8, 40, 4), range(32, 128, 8), (5, 10, 15, 25, 30))]  # fmt: skip
    other: list[Variant] = [
        ({}, (f"clip=3x{t}x{h}x{w}",)) for t, h, w in product(range(8, 40, 4), range(32, 96, 8), range(32, 96, 8))
    ]
    every: list[Variant] = [({}, (f"clip=3x{t}x{h}x{h}",)) for t, h in product(range(4, 34, 2), range(64, 224, 16))]
    return [
        Space("slow_fusion", "channels x frames x pixels x fps", small, ">= 5000/s"),
        Space("slow_fusion", "another input for every design", other, ""),
        Space("r2plus1d_18", "mid x frames x pixels x classes", r2plus1d, ">= 500/s or x9"),
        Space("r2plus1d_18", "another input for every design", every, ""),
        Space("x3d_m", "frames x pixels x classes", x3d, ">= 200/s or x7"),
        Space("x3d_s", "depths of four stages x frames", depths, ""),
        Space("x3d_m", "another input for every design", every, ""),
    ]


def measured(space: Space, *, memory: bool) -> tuple[float, float]:
    """Return designs a second of `load` and `analyze`, and of the evaluator, with the field before the pool."""
    document = read_document(space.name)
    step = max(1, len(space.designs) // COMPARED)
    chosen = space.designs[::step][:COMPARED]
    start = time.process_time()
    for parameters, inputs in chosen:
        archcalc.analyze(archcalc.load(space.name, inputs=inputs, **parameters))
    plain = (time.process_time() - start) / len(chosen)
    evaluator = Evaluator(document, Settings())
    keys = (*ASKED, "peak_inference_bytes") if memory else ASKED
    start = time.process_time()
    for parameters, inputs in space.designs:
        graph = evaluator.graph(parameters, dict(map(parse_override, inputs)))
        evaluator.totals(graph, keys)
        evaluator.field(graph)
    return 1 / plain, len(space.designs) / (time.process_time() - start)


def main() -> None:
    """Print a line for each space."""
    for space in spaces():
        for memory in (False, True):
            plain, fast = measured(space, memory=memory)
            asked = "with peak memory" if memory else "macs, params, field"
            print(
                f"{space.name:<12} {space.what:<34} {len(space.designs):>5} designs, {asked:<20} "
                f"{plain:>6.1f}/s -> {fast:>8.1f}/s  x{fast / plain:<6.1f} {space.target}",
                flush=True,
            )


if __name__ == "__main__":
    main()
