"""What a report says of one network: everything a reader needs who was not there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.core.problem import Unavailable, UsageError
from archcalc.page.tables import table_data
from archcalc.render.diagram import KINDS, Diagram
from archcalc.results.audit import audit
from archcalc.tables.audit import audit_table
from archcalc.tables.layers import layer_table
from archcalc.tables.options import TableOptions

if TYPE_CHECKING:
    from typing import Any

    from archcalc.page.networks import Network

MEANINGS = {
    "graph": "layers as boxes, equal iterations of a repeat folded",
    "kernels": "each distinct kernel with the volume that it slides over",
    "field": "growth of the receptive field in frames and pixels",
    "unroll": "frames as columns, each feature with the frames that it depends on",
    "volume": "feature maps as boxes, one for each size",
}
MOST_PICTURE = 150_000
"""Characters of a drawing; a larger one would make the file slow to open."""
_BETWEEN_TAGS = re.compile(r">\s+<")
_LINKS = re.compile(
    r"arXiv:(\d{4}\.\d{4,5})|\b(10\.\d{4,9}/[^\s,;()]+[^\s,;().])|(https?://[^\s,;()<>\"']+[^\s,;()<>\"'.])"
)


@dataclass(frozen=True, slots=True)
class Link:
    """Part of a text; `address` is where it leads, empty for plain words."""

    words: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as SVG, or why there is none."""

    kind: str
    meaning: str
    svg: str
    missing: str


@dataclass(frozen=True, slots=True)
class Contents:
    """One network of a report."""

    number: int
    name: str
    title: str
    source: tuple[Link, ...]
    facts: tuple[tuple[str, str], ...]
    table: dict[str, Any]
    published: dict[str, Any] | None
    pictures: tuple[Picture, ...]
    text: str


def contents_of(number: int, network: Network) -> Contents:
    """Return what a report says of a network."""
    analysis, spec = network.whole(), network.spec
    assert spec is not None
    figures = audit(network.name, spec) if spec.published else []
    return Contents(
        number=number,
        name=analysis.name,
        title=analysis.title,
        source=linked(spec.source),
        facts=_facts(network),
        table=table_data(layer_table(analysis, TableOptions())),
        published=table_data(audit_table(figures)) if figures else None,
        pictures=tuple(_picture(network, kind) for kind in KINDS),
        text=network.text,
    )


def _facts(network: Network) -> tuple[tuple[str, str], ...]:
    """Return under which conditions the numbers hold."""
    analysis, spec = network.whole(), network.spec
    facts = [("convention", f"{analysis.convention.name}: {analysis.convention.meaning}")]
    facts.append(("bytes", f"{analysis.dtype}, batch {analysis.batch}, training with {analysis.optimizer}"))
    if spec is not None and spec.parameters:
        facts.append(("parameters", ", ".join(f"{name}: {value}" for name, value in spec.parameters.items())))
    if analysis.graph.imported is not None:
        facts.append(("recorded from", network.name))
    return tuple(facts)


def linked(text: str) -> tuple[Link, ...]:
    """Return a text with its arXiv numbers, DOIs and addresses as links."""
    parts: list[Link] = []
    end = 0
    for found in _LINKS.finditer(text):
        arxiv, doi, address = found.groups()
        to = f"https://arxiv.org/abs/{arxiv}" if arxiv else f"https://doi.org/{doi}" if doi else address
        parts += [Link(text[end : found.start()]), Link(found[0], to)]
        end = found.end()
    return tuple(each for each in (*parts, Link(text[end:])) if each.words)


def _picture(network: Network, kind: str) -> Picture:
    try:
        svg = Diagram(kind, [network.whole()], {}).svg
    except (UsageError, Unavailable) as error:
        return Picture(kind, MEANINGS[kind], "", str(error))
    svg = _BETWEEN_TAGS.sub("><", svg[svg.index("<svg") :].strip())
    if len(svg) > MOST_PICTURE:
        return Picture(kind, MEANINGS[kind], "", f"too large for this page; archcalc diagram --kind {kind} draws it")
    return Picture(kind, MEANINGS[kind], svg, "")
