"""What a picture shows, in sentences for who cannot see it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from xml.etree.ElementTree import Element

KINDS = {
    "graph": "The layers and what each reads, from input to output:",
    "kernels": "Each kernel as a box of time, height and width, in the volume that it slides over:",
    "field": "How the receptive field grows from layer to layer:",
    "unroll": "For each feature of each layer, what it depends on in the layers before and in the input:",
    "volume": "The feature maps as boxes of time, height and width:",
}
SVG = "{http://www.w3.org/2000/svg}"


def alt(kind: str, titles: Iterable[str], svg: str) -> str:
    """Return what a kind of drawing shows of which networks, and the results that its picture has in words."""
    shown = f"{KINDS[kind]} {', '.join(titles)}"
    if kind not in RESULTS or not svg:
        return shown
    said = RESULTS[kind](ElementTree.fromstring(svg))
    return f"{shown}. {said}" if said else shown


def _legend(root: Element) -> str:
    """The lines of a legend: where the whole clip is seen, and whether a target is reached."""
    said: list[str] = []
    for line in root.iter(f"{SVG}text"):
        if line.get("class") == "legend":
            said.append(line.text or "")
        elif line.get("class") == "legend more":
            said[-1] += f" {line.text}"
    return "; ".join(said)


def _last_row(root: Element) -> str:
    """What the features of the last row depend on; nothing where there are planes and no rows."""
    rows = [group for group in root.iter(f"{SVG}g") if group.get("class") == "row"]
    if not rows:
        return ""
    title, *others = _texts(rows[-1].iter(f"{SVG}text"))
    features = [words for words in others if words.startswith("t=")]
    ends = dict.fromkeys([features[0], features[-1]]) if features else ["nothing that is drawn"]
    return f"{len(rows)} rows; the last, {title}, depends on {' to '.join(ends)}"


def _texts(found: Iterable[Element]) -> Sequence[str]:
    return [each.text or "" for each in found]


RESULTS: dict[str, Callable[[Element], str]] = {"field": _legend, "unroll": _last_row}
