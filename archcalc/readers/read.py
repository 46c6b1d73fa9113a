"""Reads a file of another tool and loads it as a spec."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.problem import Location, Problem, Source, SpecError, UsageError, did_you_mean
from archcalc.readers.darknet import read_darknet
from archcalc.readers.keras import read_keras
from archcalc.readers.write import Written, written
from archcalc.spec.load import Spec, read_text_document, spec_of
from archcalc.spec.other_formats import DARKNET, Format, recognized
from archcalc.spec.text import read_foreign, read_start

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.readers.network import ReadNetwork
    from archcalc.spec.inputs import InputOverride


class ReadFile(NamedTuple):
    """The text of a spec that was written from a file of another tool, and the spec."""

    text: str
    spec: Spec


def readable_format(path: str) -> Format | None:
    """Return the format of a file if it is one that this package reads, else None."""
    if not Path(path).is_file():
        return None
    found = recognized(path, read_start(Path(path), path))
    return found if found is not None and found.key else None


def read_file(path: str, found: Format, inputs: Mapping[str, InputOverride]) -> ReadFile:
    """Return the spec of a file of another tool.

    Args:
        path: the file.
        found: its format.
        inputs: sizes of inputs, where the file has none or others are wanted.

    Raises:
        SpecError: the file cannot be read, or holds what archcalc has no operator for; each problem with its place.
    """
    network = _read(path, found, inputs)
    return _loaded(written(_resized(network, inputs)), path)


def _read(path: str, found: Format, inputs: Mapping[str, InputOverride]) -> ReadNetwork:
    source, text = read_foreign(Path(path), path)
    if found.key == DARKNET:
        return read_darknet(source, spec_name(path))
    return read_keras(text, source, spec_name(path), inputs)


def _resized(network: ReadNetwork, inputs: Mapping[str, InputOverride]) -> ReadNetwork:
    """Return a network with the sizes of its inputs that are asked for."""
    sizes = {name: dict(each) for name, each in network.inputs.items()}
    for name, override in inputs.items():
        if name not in sizes:
            hint = did_you_mean(name, sizes)
            raise UsageError(f"no input {name!r}; the inputs are {', '.join(sizes)}" + (f" ({hint})" if hint else ""))
        axes = [axis for axis in sizes[name] if axis != "fps"]
        if len(axes) != len(override.sizes):
            raise UsageError(f"--input {name}: {len(override.sizes)} sizes; expected {len(axes)}: {'x'.join(axes)}")
        sizes[name] = dict(zip(axes, override.sizes, strict=True))
        if override.fps is not None:
            sizes[name]["fps"] = override.fps
    return replace(network, inputs=sizes)


def _loaded(spec_text: Written, path: str) -> ReadFile:
    whole = Location(Source(path))
    try:
        spec = spec_of(read_text_document(spec_text.text, f"spec of {Path(path).name}", None), {}, {})
    except SpecError as error:
        raise SpecError([_placed(problem, spec_text, whole) for problem in error.problems]) from None
    return ReadFile(spec_text.text, spec)


def _placed(problem: Problem, spec_text: Written, whole: Location) -> Problem:
    """Return a problem of the written spec with the place in the file that was read.

    Of a problem in a block it is where the block is used; of one that stands nowhere in particular, the whole file.
    """
    places = (problem.location, *(place for place, _ in problem.related))
    found = (spec_text.origin(place.line) for place in places)
    return replace(problem, location=next((each for each in found if each is not None), whole), related=())


def spec_name(path: str) -> str:
    """Return a name for the network of a file: its own, in letters that a name of a spec has."""
    return re.sub(r"[^\w-]+", "_", Path(path).stem).strip("_") or "network"
