"""Paths of layers, cut short."""

from __future__ import annotations


def path_to_depth(path: str, depth: int | None) -> str:
    """The first segments of a path, `layer1.0` of `layer1.0.conv2`; without a depth all of them."""
    return ".".join(path.split(".")[:depth])
