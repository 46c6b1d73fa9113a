"""A network that was read from a file of another tool, before it is written as a spec."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.core.problem import Location

MOST_LAYERS = 20_000


@dataclass(frozen=True, slots=True)
class ReadLayer:
    """One layer in the words of a spec.

    `key` is unique in the network, and `inputs` are the keys of layers and the names of network inputs that it reads.
    The name is written where another layer refers to it, or always if it is `named`.
    """

    key: str
    operator: str
    arguments: Mapping[str, object]
    inputs: tuple[str, ...]
    location: Location
    named: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReadNetwork:
    """A network that was read: its inputs (sizes by axis), layers in order, blocks that they call, and outputs.

    `outputs` maps names to keys of layers; it is empty where the last layer is the only output. `remarks` are lines
    about what the file has and a spec does not.
    """

    name: str
    source: str
    inputs: Mapping[str, Mapping[str, float]]
    layers: tuple[ReadLayer, ...]
    blocks: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
