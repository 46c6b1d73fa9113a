"""Specs made from specs: changed as trees, as lines, or as bytes, with the words that the language has."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from archcalc.ops import OPS
from archcalc.resources import specs_folder
from archcalc.spec.bind import operator_fields
from archcalc.spec.parse import BLOCK_KEYS, COMMON_KEYS, SPEC_KEYS, STRUCTURE_KEYS
from tests.spec.bad_specs import bad_specs

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
LARGEST_SEED = 4_000
MOST_BYTES = 20_000

INTEGERS = (0, 1, -1, 2, 3, 4, 5, 7, 8, 16, 64, 99, 1000, 9_999, 10_001, 100_000, 10**9, 10**18 - 1)
NUMBERS = (*INTEGERS, 0.5, 2.0, 1.5, -0.0, 1e-5, 1e308, float("inf"), float("nan"))
CHOICES = "same valid causal depthwise sequence last grid class copy attend table decomposed nearest linear bilinear"
NAMES = "clip input here a b a.b 12 C T D H W mean 1e5 concat add multiply average required"
WORDS = (None, True, False, "", "\u0663", "e\u0301", *CHOICES.split(), *NAMES.split())
FORMULAS = (
    "$a", "$input", "$(input.C)", "$(here.T // 2)", "$(2 * a)", "$(1 // 0)", "$(a if b else 8)", "$(max(1, here.W))",
    "$$", "x$(a)y", "$(", "$([1, 2][a])", "$(input.C / 3)", "$(9 ** 9)", "$('a' * 99)", "$(sqrt(a))", "$(not a)",
    "$(-a)", "$(a.b)", "$(a == b)", "$(here.H in [1, 2])",
)  # fmt: skip
SYNTAX = (
    "[", "]", "{", "}", ": ", ", ", "- ", "#", "&a ", "*a", "!!int ", "|\n", ">\n", "'", '"', "\t", "\r\n", "---\n",
    "%", "@", "? ", "<<: ", "\u2028", "\x85", "\ufeff", "$(", ")", "\\",
)  # fmt: skip
CASES = Path(__file__).parents[1] / "ops" / "cases"


@cache
def cases() -> tuple[tuple[str, dict[str, Any]], ...]:
    """The cases of the operators, each with the name of its operator."""
    pages = ((path.stem, yaml.safe_load(path.read_text())) for path in sorted(CASES.glob("*.yaml")))
    return tuple((operator, case) for operator, page in pages for case in page)


@cache
def layers() -> tuple[dict[str, Any], ...]:
    """Layers as the cases of the operators have them."""
    return tuple({operator: case["arguments"]} for operator, case in cases() if case.get("arguments"))


def _case_as_spec(operator: str, case: dict[str, Any]) -> bytes:
    """A network of one layer, between two that do not mind what they are given."""
    shapes = case.get("inputs") or [{"C": 3, "T": 8, "H": 16, "W": 16}]
    inputs = {f"i{number}": {**shape} for number, shape in enumerate(shapes)}
    for shape in inputs.values():
        for extra in ("tokens", "heads"):
            shape.pop(extra, None)
    layer = {operator: {**(case.get("arguments") or {}), "from": list(inputs) if len(inputs) > 1 else "i0"}}
    spec = {"archcalc": 1, "name": "case", "inputs": inputs, "layers": [layer, "relu"]}
    return yaml.safe_dump(spec, sort_keys=False, default_flow_style=None).encode()


@cache
def words() -> tuple[str, ...]:
    """What may stand as a key: operators, their arguments, and the keys of the language."""
    arguments = {name for operator in OPS.values() for name in operator_fields(operator)}
    structures = {key for keys in STRUCTURE_KEYS.values() for key in keys} | set(STRUCTURE_KEYS)
    return tuple(sorted({*OPS, *arguments, *structures, *COMMON_KEYS, *SPEC_KEYS, *BLOCK_KEYS}))


def seeds(found: Path) -> list[bytes]:
    """Small bundled networks, every operator by its cases, broken specs, and what was found before."""
    bundled = [path.read_bytes() for path in sorted(specs_folder().rglob("*.yaml"))]
    kept = [text.encode() for spec in bad_specs() for text in spec.files.values()]
    before = [path.read_bytes() for path in sorted(found.glob("*.yaml"))]
    single = [_case_as_spec(*case) for case in cases()]
    return [data for data in (*bundled, *kept, *before, *single) if len(data) <= LARGEST_SEED]


class Mutator:
    """Changes drawn from one source of chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def change(self, data: bytes) -> bytes:
        """Another text, a few changes away."""
        kind = self.chance.random()
        if kind < 0.7 and (changed := self._change_tree(data)) is not None:
            return changed[:MOST_BYTES]
        if kind < 0.9:
            return self._change_text(data.decode(errors="replace")).encode(errors="replace")[:MOST_BYTES]
        return self._change_bytes(data)[:MOST_BYTES]

    def _change_tree(self, data: bytes) -> bytes | None:
        try:
            tree = yaml.load(data, Loader=LOADER)
        except Exception:  # PyYAML stumbles in many ways over what is no YAML
            return None
        if not isinstance(tree, (dict, list)):
            return None
        for _ in range(self.chance.choice((1, 1, 2, 4))):
            self._change_node(tree)
        try:
            flow = self.chance.choice((None, True, False))
            text = yaml.dump(tree, Dumper=DUMPER, sort_keys=False, default_flow_style=flow, allow_unicode=True)
            return str(text).encode(errors="replace")
        except (yaml.YAMLError, RecursionError, TypeError):
            return None

    def _change_node(self, tree: Any) -> None:
        places = list(_places(tree))
        if places:
            holder, key = self.chance.choice(places)
            self.chance.choice(self._changes())(holder, key, places)

    def _changes(self) -> tuple[Callable[[Any, Any, list[tuple[Any, Any]]], None], ...]:
        rare = (self._replace, self._remove, self._rename, self._swap)
        return (*rare, *(self._nudge, self._double, self._extend, self._wrap) * 2)

    def _replace(self, holder: Any, key: Any, places: list[tuple[Any, Any]]) -> None:
        del places
        holder[key] = self._value()

    def _nudge(self, holder: Any, key: Any, places: list[tuple[Any, Any]]) -> None:
        """Another value of the same kind."""
        del places
        value = holder[key]
        if isinstance(value, bool):
            holder[key] = not value
        elif isinstance(value, int):
            holder[key] = self.chance.choice(
                (value - 1, value + 1, 2 * value, value // 2, self.chance.choice(INTEGERS[:11]))
            )
        elif isinstance(holder, dict) and key in OPS:
            operator = self.chance.choice(sorted(OPS))
            holder[operator] = holder.pop(key)

    def _value(self) -> Any:
        kind = self.chance.random()
        if kind < 0.4:
            return self.chance.choice(NUMBERS)
        if kind < 0.55:
            return [self.chance.choice(NUMBERS) for _ in range(self.chance.randint(0, 4))]
        if kind < 0.65:
            return {self.chance.choice(("C", "T", "D", "H", "W", "a")): self.chance.choice(NUMBERS)}
        return self.chance.choice(self.chance.choice((WORDS, FORMULAS, words())))

    def _remove(self, holder: Any, key: Any, places: list[tuple[Any, Any]]) -> None:
        del places, self
        del holder[key]

    def _double(self, holder: Any, key: Any, places: list[tuple[Any, Any]]) -> None:
        del places
        if isinstance(holder, list):
            holder[key:key] = [holder[key]] * self.chance.choice((1, 1, 2, 5))

    def _rename(self, holder: Any, key: Any, places: list[tuple[Any, Any]]) -> None:
        del places
        if isinstance(holder, dict):
            entries = [(self.chance.choice(words()) if name == key else name, value) for name, value in holder.items()]
            holder.clear()
            holder.update(entries)

    def _swap(self, holder: Any, key: Any, places: list[tuple[Any, Any]]) -> None:
        other, name = self.chance.choice(places)
        holder[key] = other[name]

    def _extend(self, holder: Any, key: Any, places: list[tuple[Any, Any]]) -> None:
        del places
        value = holder[key]
        if isinstance(value, dict):
            value[self.chance.choice(words())] = self._value()
        elif isinstance(value, list):
            layer = self.chance.choice((self.chance.choice(sorted(OPS)), self.chance.choice(layers())))
            value.insert(self.chance.randint(0, len(value)), layer)

    def _wrap(self, holder: Any, key: Any, places: list[tuple[Any, Any]]) -> None:
        del places
        value = holder[key]
        holder[key] = self.chance.choice(
            ([value], {"repeat": {"times": 2, "layers": [value]}}, {"residual": {"body": [value]}})
        )

    def _change_text(self, text: str) -> str:
        for _ in range(self.chance.randint(1, 4)):
            at = self.chance.randint(0, len(text))
            match self.chance.randint(0, 3):
                case 0:
                    text = text[:at] + self.chance.choice(SYNTAX) + text[at:]
                case 1:
                    text = text[:at] + text[at + self.chance.randint(1, 20) :]
                case 2:
                    lines = text.splitlines(keepends=True)
                    self.chance.shuffle(lines)
                    text = "".join(lines) if self.chance.random() < 0.1 else text + "".join(lines[:1])
                case _:
                    found = list(re.finditer(r"[\w.$-]+", text))
                    if found:
                        word = self.chance.choice(found)
                        text = text[: word.start()] + str(self._value()) + text[word.end() :]
        return text

    def _change_bytes(self, data: bytes) -> bytes:
        changed = bytearray(data or b"a")
        for _ in range(self.chance.randint(1, 8)):
            changed[self.chance.randrange(len(changed))] = self.chance.randrange(256)
        return bytes(changed)


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every holder in a tree with a key or index in it; one that aliases repeat comes once."""
    pending, seen = [tree], {id(tree)}
    while pending:
        holder = pending.pop()
        for key, value in list(holder.items()) if isinstance(holder, dict) else list(enumerate(holder)):
            yield holder, key
            if isinstance(value, (dict, list)) and id(value) not in seen:
                seen.add(id(value))
                pending.append(value)
