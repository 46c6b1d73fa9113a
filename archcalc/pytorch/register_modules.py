"""Modules registered by the paths of their layers: a child for every segment of a path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterable

Branch = dict[str, "Branch"]


class Scope(nn.Module):
    """Holds the layers whose paths have a common prefix; the network runs them."""


def register_modules(root: nn.Module, layers: Mapping[str, nn.Module]) -> dict[str, str]:
    """Register layers under a module, in their order, and return the name of each by its path.

    A layer may hold others, as an attention holds the layers of its lists.
    """
    names: dict[str, str] = {}
    _register(root, _branches(layers), "", "", layers, names)
    return names


def _branches(paths: Iterable[str]) -> Branch:
    root: Branch = {}
    for path in paths:
        branch = root
        for segment in path.split("."):
            branch = branch.setdefault(segment, {})
    return root


def _register(
    parent: nn.Module, branch: Branch, path: str, name: str, layers: Mapping[str, nn.Module], names: dict[str, str]
) -> None:
    for segment, inner in branch.items():
        child_path = f"{path}{segment}"
        child = layers.get(child_path) or Scope()
        attribute = child_name(parent, segment)
        parent.add_module(attribute, child)
        if child_path in layers:
            names[child_path] = f"{name}{attribute}"
        _register(child, inner, f"{child_path}.", f"{name}{attribute}.", layers, names)


def child_name(parent: nn.Module, segment: str) -> str:
    """Return the name of a child: its segment of the path, with underscores if PyTorch uses that for something else.

    A slash separates scopes in PyTorch's traces, so that it becomes an underscore; a name that is taken gets one more.
    """
    name = segment.replace("/", "_")
    while hasattr(parent, name):
        name += "_"
    return name
