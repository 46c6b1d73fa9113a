"""The content of a file with the source of a network: a description of the network, and its classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc._version import __version__
from archcalc.pytorch.source.classes import network_classes

if TYPE_CHECKING:
    from collections.abc import Collection

    from archcalc.analysis.records import Analysis
    from archcalc.pytorch.source.classes import SourceClass
    from archcalc.spec.load import Spec


@dataclass(frozen=True, slots=True)
class SourceFile:
    """Title and facts about the network as name and text; its classes, the network last; the sizes of its inputs."""

    title: str
    facts: tuple[tuple[str, str], ...]
    classes: tuple[SourceClass, ...]
    inputs: tuple[tuple[int, ...], ...]


def network_source(spec: Spec, analysis: Analysis, taken: Collection[str]) -> SourceFile:
    """Return the source of a network; names in `taken` are used for other classes and functions."""
    classes = network_classes(spec.graph, taken)
    inputs = [(each.name, each.shape) for each in spec.graph.inputs.values()]
    outputs = {name: spec.graph.shape(path) for name, path in spec.graph.outputs.items()}
    parameters = ", ".join(f"{name} {_text(value)}" for name, value in spec.parameters.items())
    facts = (
        ("Source", spec.source),
        ("Settings", parameters),
        *(("Input", f"{name} {shape}") for name, shape in inputs),
        *(("Output", str(shape) if len(outputs) == 1 else f"{name} {shape}") for name, shape in outputs.items()),
        ("Parameters", f"{analysis.totals.params:,}"),
        ("MACs", f"{analysis.totals.macs:,} for one sample"),
        ("Written by", f"archcalc {__version__}, and runs without it"),
    )
    given = tuple((name, text) for name, text in facts if text)
    return SourceFile(_title(spec), given, tuple(classes), tuple(tuple(shape.sizes.values()) for _, shape in inputs))


def _title(spec: Spec) -> str:
    return f"{spec.name}: {spec.title}" if spec.title else spec.name


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
