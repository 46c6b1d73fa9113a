"""Writes a network that was read as the text of a spec."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

from archcalc.readers.folding import Item, Repeat, Residual, Single, folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.core.problem import Location
    from archcalc.readers.network import ReadLayer, ReadNetwork

INDENT = "  "


@dataclass(slots=True)
class Written:
    """Lines of a spec, each with the place in the file from which it was written, if there is one."""

    lines: list[str] = field(default_factory=list)
    locations: list[Location | None] = field(default_factory=list)

    def add(self, line: str, location: Location | None = None) -> None:
        """Add a line of the spec, with the place in the file that it was read from."""
        self.lines.append(line)
        self.locations.append(location)

    @property
    def text(self) -> str:
        """The text of the spec."""
        return "".join(f"{line}\n" for line in self.lines)

    def origin(self, line: int) -> Location | None:
        """Return the place from which a line, counted from 1, was written: its own, or that of a line above."""
        return next((each for each in reversed(self.locations[: max(line, 0)]) if each is not None), None)


def written(network: ReadNetwork) -> Written:
    """Return the spec of a network that was read."""
    out = Written()
    for remark in network.remarks:
        out.add(f"# {remark}")
    for key, value in (("archcalc", 1), ("name", network.name), ("source", network.source)):
        out.add(f"{key}: {_flow(value)}")
    out.add("inputs:")
    for name, sizes in network.inputs.items():
        out.add(f"{INDENT}{_flow(name)}: {_flow(dict(sizes))}")
    if network.outputs:
        out.add(f"outputs: {_flow(dict(network.outputs))}")
    _write_blocks(network.blocks, out)
    items = folded(network.layers, tuple(network.inputs), network.outputs.values())
    out.add("layers:")
    _Writer(out, _referred(items, network)).write(items, next(iter(network.inputs)), INDENT)
    return out


def _write_blocks(blocks: Mapping[str, Mapping[str, object]], out: Written) -> None:
    if blocks:
        out.add("blocks:")
    for name, block in blocks.items():
        out.add(f"{INDENT}{name}:")
        out.add(f"{INDENT * 2}parameters: {_flow(block['parameters'])}")
        out.add(f"{INDENT * 2}layers:")
        layers = block["layers"]
        assert isinstance(layers, list)
        for layer in layers:
            out.add(f"{INDENT * 3}- {_entry(layer)}")


def _referred(items: Sequence[Item], network: ReadNetwork) -> set[str]:
    """Return the keys that the spec has to name: those that something reads which does not directly follow."""
    referred = set(network.outputs.values())

    def visit(level: Sequence[Item], before: str) -> None:
        for item in level:
            if isinstance(item, Single) and item.layer.inputs != (before,):
                referred.update(item.layer.inputs)
            elif not isinstance(item, Single):
                visit(item.body, before)
            before = item.key

    visit(items, next(iter(network.inputs)))
    return referred


@dataclass(frozen=True, slots=True)
class _Writer:
    out: Written
    referred: set[str]

    def write(self, items: Sequence[Item], before: str, indent: str) -> None:
        """Write items one below the other; `before` is what the first receives."""
        for item in items:
            if isinstance(item, Single):
                sources = item.layer.inputs if item.layer.inputs != (before,) else ()
                self.out.add(f"{indent}- {_entry(self._layer(item.layer, sources))}", item.layer.location)
            elif isinstance(item, Residual):
                self._structure("residual", item, self._name(item.layer), before, indent)
            else:
                self._structure("repeat", item, {"times": item.times}, before, indent)
            before = item.key

    def _structure(
        self, word: str, item: Residual | Repeat, head: Mapping[str, object], before: str, indent: str
    ) -> None:
        layer = item.layer if isinstance(item, Residual) else item.layers[0]
        self.out.add(f"{indent}- {word}:", layer.location)
        inner = indent + INDENT * 2
        for key, value in head.items():
            self.out.add(f"{inner}{key}: {_flow(value)}")
        self.out.add(f"{inner}{'layers' if word == 'repeat' else 'body'}:")
        self.write(item.body, before, inner + INDENT)

    def _layer(self, layer: ReadLayer, sources: tuple[str, ...]) -> object:
        arguments = {**self._name(layer), **layer.arguments}
        if sources:
            arguments = {**arguments, "from": sources[0] if len(sources) == 1 else list(sources)}
        if layer.note:
            arguments["note"] = layer.note
        return {layer.operator: arguments} if arguments else layer.operator

    def _name(self, layer: ReadLayer) -> dict[str, object]:
        return {"name": layer.key} if layer.named or layer.key in self.referred else {}


def _entry(layer: object) -> str:
    """Return a layer as one line of YAML: its operator, or the operator and its arguments."""
    if isinstance(layer, dict):
        ((operator, arguments),) = layer.items()
        return f"{operator}: {_flow(arguments)}"
    return str(layer)


def _flow(value: object) -> str:
    text: str = yaml.dump(
        value, Dumper=_Plain, sort_keys=False, allow_unicode=True, default_flow_style=True, width=1_000_000
    )
    return text.removesuffix("...\n").strip()


class _Plain(yaml.SafeDumper):
    """Writes no anchors: a list that occurs twice is written twice."""

    def ignore_aliases(self, data: object) -> bool:
        """Return True: nothing is written as an alias."""
        return True
