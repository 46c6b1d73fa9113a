"""Operators that read at places of a second tensor, with layers before them that make such places of one tensor."""

from __future__ import annotations

from typing import Any

SAMPLED = ("grid_sample", "deform_conv2d", "roi_align")


def with_places(word: str, arguments: dict[str, Any], name: str, source: str) -> dict[str, Any]:
    """A group of layers on a clip: an image, places that all channels say, and the operator on both."""
    frame = [{"select": {"name": f"{name}_image", "from": source, "axis": "T", "index": -1}}]
    return {
        "group": {
            "name": name,
            "layers": [*frame, *_places(word, arguments, name, source), _own(word, arguments, name)],
        }
    }


def _own(word: str, arguments: dict[str, Any], name: str) -> dict[str, Any]:
    return {word: {"name": f"{name}_{word}", **arguments, "from": [f"{name}_image", f"{name}_places"]}}


def _places(word: str, arguments: dict[str, Any], name: str, source: str) -> list[dict[str, Any]]:
    if word == "roi_align":
        boxes = {"linear": {"name": f"{name}_wide", "from": source, "out": 4}}
        return [boxes, {"mean": {"name": f"{name}_places", "axes": ["H", "W"]}}]
    if word == "grid_sample":
        return [{"linear": {"name": f"{name}_places", "out": 2}}]
    windows = {key: arguments[key] for key in ("kernel", "stride", "padding", "dilation") if key in arguments}
    kernel = arguments["kernel"] if isinstance(arguments["kernel"], list) else [arguments["kernel"]] * 2
    return [{"conv2d": {"name": f"{name}_places", "out": 2 * kernel[0] * kernel[1], **windows}}]
