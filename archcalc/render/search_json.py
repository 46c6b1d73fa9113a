"""Searches and sweeps as JSON: nothing in it depends on where, how fast or by how many processes they were run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc._version import __version__
from archcalc.render.json import SCHEMA, object_json

if TYPE_CHECKING:
    from archcalc.results.search import FoundDesign, SearchResult, SweepResult


def search_json(result: SearchResult) -> str:
    """Return the answers of a search."""
    described = {
        "schema": SCHEMA,
        "archcalc": __version__,
        "search": result.name,
        "title": result.title,
        "spec": result.spec,
        "input": list(result.inputs),
        "combinations": result.combinations,
        "designs": result.designs,
        "answers": result.answers,
        "exhaustive": result.exhaustive,
        "goals": list(result.goals),
        "best": None if result.best is None else _design(result.best),
        "front": [_design(each) for each in result.front],
        "by": {name: _design(each) for name, each in result.by.items()},
        "ruled_out": dict(result.ruled_out),
        "not_built": result.not_built,
        "nearest": {each.requirement: _design(each.design) for each in result.nearest},
        **({"remarks": list(result.remarks)} if result.remarks else {}),
    }
    return object_json(described, "front") + "\n"


def sweep_json(result: SweepResult) -> str:
    """Return the designs of a sweep, one a line; those that cannot be built say why."""
    rows = [
        {**_design(each), **({"error": result.errors[place]} if place in result.errors else {})}
        for place, each in enumerate(result.designs)
    ]
    described = {
        "schema": SCHEMA,
        "archcalc": __version__,
        "sweep": result.name,
        "title": result.title,
        "spec": result.spec,
        "input": list(result.inputs),
        "combinations": result.combinations,
        **({"remarks": list(result.remarks)} if result.remarks else {}),
        "designs": rows,
    }
    return object_json(described, "designs") + "\n"


def _design(found: FoundDesign) -> dict[str, Any]:
    derived = {"derived": dict(found.derived)} if found.derived else {}
    return {"set": dict(found.values), **derived, "quantities": dict(found.quantities)}
