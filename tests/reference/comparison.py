"""The answers of the package compared with those of the reference implementation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import archcalc

from .dependence import Hull
from .fields import Field, Findings
from .network import Network, Shape, render


class AxisField(Protocol):
    """What the package says of one layer on one axis of one input."""

    @property
    def clipped(self) -> Iterable[tuple[int, int] | None]: ...

    @property
    def clipped_size(self) -> int: ...

    @property
    def full_size(self) -> int: ...

    @property
    def window_size(self) -> int | None: ...

    def full_at(self, position: int) -> tuple[int, int] | None: ...

    @property
    def jump(self) -> Fraction | int | None: ...

    @property
    def aligned(self) -> bool: ...

    @property
    def sees_all(self) -> bool: ...


@dataclass(frozen=True)
class Disagreement:
    """One answer that differs; `where` names the layer, and the input and axis of a field."""

    where: str
    what: str
    reference: object
    package: object

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: the reference has {self.reference}, the package {self.package}"


def analysis_of(network: Network, folder: Path) -> archcalc.Analysis:
    """The package's analysis of a network, read from a file as a user would have it."""
    return analysis_of_text(render(network), folder)


def analysis_of_text(text: str, folder: Path) -> archcalc.Analysis:
    """The package's analysis of the text of a specification."""
    path = folder / "network.yaml"
    path.write_text(text, encoding="utf-8")
    return archcalc.analyze(archcalc.load(path))


def disagreements(findings: Findings, analysis: archcalc.Analysis) -> Iterator[Disagreement]:
    """Compare every answer on the layers that the specification names with the reference."""
    layers = {layer.path: layer for layer in analysis.layers}
    for path, shape in findings.shapes.items():
        yield from compared(path, "shape", sizes_of(shape), dict(layers[path].shape.sizes))
        yield from field_disagreements(path, findings, analysis)


def sizes_of(shape: Shape) -> dict[str, int]:
    """A shape as the package gives it, channels among the sizes."""
    return {"C": shape.channels, **shape.sizes}


def field_disagreements(path: str, findings: Findings, analysis: archcalc.Analysis) -> Iterator[Disagreement]:
    """The fields of one layer: which inputs reach it, on which axes, and what it sees of them."""
    expected, found = findings.fields[path], analysis.fields[path]
    yield from compared(path, "inputs", sorted(expected), sorted(found))
    for source in sorted(set(expected) & set(found)):
        yield from compared(path, f"axes of {source}", sorted(expected[source]), sorted(found[source]))
        for axis in sorted(set(expected[source]) & set(found[source])):
            yield from one_axis(f"{path}, {source}.{axis}", expected[source][axis], found[source][axis])


def one_axis(where: str, expected: Field, found: AxisField) -> Iterator[Disagreement]:
    """One field on one axis; what moves, and how, is compared where something was read through windows.

    Where channels were left out, the reference does not know whether those that are left are aligned, or read a whole
    axis.
    """
    yield from compared(where, "clipped", ends_of(expected.clipped), list(found.clipped))
    yield from compared(where, "clipped size", expected.clipped_size, found.clipped_size)
    unknown = expected.motion.cut and expected.motion.sees_all and not found.sees_all
    if not unknown:
        yield from compared(where, "sees all", expected.motion.sees_all, found.sees_all)
    if expected.everything is not None and not unknown:
        depends = [found.full_at(position) for position in range(len(expected.everything))]
        yield from compared(where, "everything", ends_of(expected.everything), depends)
    yield from compared(where, "full", expected.full, found.full_size)
    yield from compared(where, "window", expected.window, found.window_size)
    if expected.window is not None and (expected.motion.aligned or not expected.motion.cut):
        yield from compared(where, "jump", expected.motion.jump, found.jump)
        yield from compared(where, "aligned", expected.motion.aligned, found.aligned)


def ends_of(hulls: Sequence[Hull | None]) -> list[tuple[int, int] | None]:
    """Both ends of hulls, as the package gives them."""
    return [None if hull is None else (hull.lo, hull.hi) for hull in hulls]


def compared(where: str, what: str, reference: object, package: object) -> Iterator[Disagreement]:
    """A disagreement where two answers differ."""
    if reference != package:
        yield Disagreement(where, what, reference, package)
