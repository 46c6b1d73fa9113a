"""The specs of designs that were found, with the values filled in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from archcalc.core.shape import is_axis
from archcalc.spec.choices import KEYS
from archcalc.spec.text import parse, plain

if TYPE_CHECKING:
    from archcalc.design.model import SearchFile
    from archcalc.results.search import FoundDesign, SearchResult


def saved_specs(search: SearchFile, result: SearchResult) -> dict[str, str]:
    """Return file names with the specs of the front, and of the best design of each group, values filled in.

    Libraries of the spec are not copied: `use: [./file.yaml]` has to be found from the folder of the new file.
    """
    found = {f"{result.name}-front-{place}": each for place, each in enumerate(result.front, 1)}
    found |= {f"{result.name}-{result.group}-{_file_part(name)}": each for name, each in result.by.items()}
    return {f"{name}.yaml": _spec(search, each, name) for name, each in found.items()}


def _file_part(text: str) -> str:
    return re.sub(r"[^\w.]+", "_", text).strip("._") or "_"


def _spec(search: SearchFile, found: FoundDesign, name: str) -> str:
    source = search.document.location.source
    described: dict[str, Any] = plain(parse("\n".join(source.lines), source.name))
    described["name"] = name.replace(".", "_")
    described.pop("published", None)  # its figures are those of the default
    values = {**search.fixed, **found.values, **found.derived}
    for key, value in (described.get("parameters") or {}).items():
        if key in values:
            declared = isinstance(value, dict) and "default" in value and set(value) <= set(KEYS)
            described["parameters"][key] = {**value, "default": values[key]} if declared else values[key]
    for key, axes in described["inputs"].items():
        described["inputs"][key] = {**axes, **_sizes(search, found, key, axes)}
    return yaml.safe_dump(described, sort_keys=False, default_flow_style=None, allow_unicode=True, width=110)


def _sizes(search: SearchFile, found: FoundDesign, name: str, axes: dict[str, Any]) -> dict[str, Any]:
    sizes: dict[str, Any] = {}
    if name in search.inputs:
        override = search.inputs[name]
        sizes = dict(zip([axis for axis in axes if is_axis(axis)], override.sizes, strict=True))
        sizes |= {"fps": override.fps} if override.fps else {}
    for key, value in found.values.items():
        head, _, varied = key.partition(".")
        if head == name and varied:
            sizes |= dict.fromkeys([varied] if varied == "fps" else varied.split("x"), value)
    return sizes
