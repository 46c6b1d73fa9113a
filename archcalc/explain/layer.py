"""The derivation of one layer: every number with the arithmetic it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.quantities import QUANTITIES
from archcalc.analysis.queries import check_layer
from archcalc.core.terms import Term, total
from archcalc.explain.explanation import Explanation, Section, Step
from archcalc.explain.field import field_section
from archcalc.explain.size import size_section

if TYPE_CHECKING:
    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.core.terms import Terms


def explain(analysis: Analysis, path: str) -> Explanation:
    """Return the derivation of the layer at a path; UsageError names the nearest layers when there is none."""
    check_layer(analysis.graph, path)
    node, record = analysis.graph.nodes[path], analysis.layer(path)
    sections = [
        size_section(analysis.graph, node),
        *field_section(analysis, node),
        _parameters(record),
        _arithmetic(record),
        _memory(analysis, record),
    ]
    return Explanation(*title_of(analysis, path), tuple(section for section in sections if section.steps))


def title_of(analysis: Analysis, path: str) -> tuple[str, tuple[str, ...]]:
    """Return the title of a layer, and lines on what it reads and what its author noted."""
    node, record = analysis.graph.nodes[path], analysis.layer(path)
    sources = ", ".join(f"{source} ({analysis.graph.shape(source)})" for source in node.inputs)
    title = f"{analysis.name}, layer {path}: {record.label}"
    return title, (f"reads {sources}",) + ((node.note,) if node.note else ())


def product(term: Term) -> str:
    """`24 * 12 * 3*3*3`: the factors of a term, those of one kind (kernel T, kernel H, ...) drawn together."""
    text = ""
    before = ""
    for name, value in term.factors:
        kind = name.split(" ")[0]
        together = text and kind == before and " " in name
        text += ("*" if together else " * " if text else "") + str(value)
        before = kind
    return text or "1"


def names(term: Term) -> str:
    """`out * in * kernel T*kernel H`: what the factors are."""
    return " * ".join(name for name, _ in term.factors)


def _sum(terms: Terms) -> str:
    return " + ".join(product(term) for term in terms)


def _term_steps(terms: Terms) -> tuple[Step, ...]:
    return tuple(Step(term.what, product(term), term.value, names(term)) for term in terms)


def _total(key: str, expression: str, value: int, remark: str = "") -> Step:
    """Return the step of a quantity of the layer, under the heading that tables have for it."""
    return Step(QUANTITIES[key].heading, expression, value, remark)


def _parameters(record: LayerRecord) -> Section:
    if record.owner is not None:
        return Section("parameters", (_total("params", "", 0, f"uses the weights of {record.owner}"),))
    learned = record.parameters.learned
    if not learned:
        return Section("parameters", (_total("params", "", 0, "no weights"),) if record.buffers else ())
    steps = _term_steps(learned)
    if len(learned) > 1:
        steps += (_total("params", _sum(learned), total(learned)),)
    if record.parameters.idle:
        idle = total(record.parameters.idle)
        active = total(learned) - idle
        steps += (Step("active params", f"{total(learned)} - {idle}", active, "those that one position uses"),)
    return Section("parameters", steps + _term_steps(record.parameters.buffers))


def _arithmetic(record: LayerRecord) -> Section:
    macs, elementwise = record.arithmetic.macs, record.arithmetic.elementwise
    if not macs and not elementwise:
        return Section("arithmetic", (_total("macs", "", 0, "no arithmetic"),))
    steps = _term_steps(macs)
    if len(macs) > 1:
        steps += (_total("macs", _sum(macs), total(macs)),)
    steps += _term_steps(elementwise)
    flops = ([f"2 * {total(macs)}"] if macs else []) + [str(term.value) for term in elementwise]
    return Section("arithmetic", (*steps, _total("flops", " + ".join(flops), record.flops)))


def _memory(analysis: Analysis, record: LayerRecord) -> Section:
    shape = record.shape
    cells = "*".join(str(shape[axis]) for axis in shape.grid) or "1"
    positions = f"({cells} + {shape.tokens})" if shape.tokens else cells
    heads = f"{shape.heads} * " if shape.heads > 1 else ""
    itemsize = record.activation_bytes // (shape.elements * analysis.batch)
    batch = f" * {analysis.batch}" if analysis.batch > 1 else ""
    expression = f"{heads}{shape.channels} * {positions} * {itemsize}{batch}"
    return Section(
        "memory", (_total("activation_bytes", expression, record.activation_bytes, f"bytes, {analysis.dtype}"),)
    )
