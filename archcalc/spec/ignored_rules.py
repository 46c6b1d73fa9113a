"""The `lint` list of a spec: design checks that are not reported, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.ignored_rule import IgnoredRule
from archcalc.core.problem import did_you_mean
from archcalc.core.shape import STANDARD_AXES, axes_of
from archcalc.spec.text import Mapping, Node, Scalar, Sequence, describe

if TYPE_CHECKING:
    from archcalc.graph import NetworkGraph
    from archcalc.spec.diagnostics import Diagnostics

RULE_NAMES = {
    "AC101": "unproductive", "AC102": "border", "AC103": "padding", "AC104": "never_read", "AC105": "misaligned",
    "AC201": "bias_before_norm", "AC202": "linear_pair", "AC203": "checkerboard", "AC204": "dead",
    "AC301": "tensor_core", "AC302": "concentration", "AC401": "time",
}  # fmt: skip
"""Names alone: what the rules check is not for the language."""

KEYS = ("ignore", "layer", "axis", "reason")
EXAMPLE = "{ignore: tensor_core, layer: conv1, reason: as published}"


def ignored_rules(node: Node | None, problems: Diagnostics, graph: NetworkGraph | None) -> tuple[IgnoredRule, ...]:
    """Return the entries of a `lint` list; those that make no sense are noted and left out.

    With a graph, layers that the network lacks are problems too.
    """
    if node is None:
        return ()
    if not isinstance(node, Sequence):
        problems.add(node.location, f"lint: {describe(node)}", f"a list of rules to ignore: [{EXAMPLE}]")
        return ()
    found = (_ignored(item, problems, graph) for item in node.items)
    return tuple(each for each in found if each is not None)


def _ignored(node: Node, problems: Diagnostics, graph: NetworkGraph | None) -> IgnoredRule | None:
    if not isinstance(node, Mapping):
        problems.add(node.location, describe(node), EXAMPLE)
        return None
    before = len(problems)
    for key, value in node.entries:
        if key.value not in KEYS:
            found = f"unknown key {key.value!r} in an entry of lint"
            problems.add(key.location, found, "one of " + ", ".join(KEYS), did_you_mean(str(key.value), KEYS))
        elif not isinstance(value, Scalar):
            problems.add(value.location, f"{key.value}: {describe(value)}", "one value")
    for needed in ("ignore", "reason"):
        if not _word(node, needed):
            problems.add(node.location, f"no {needed!r} in an entry of lint", EXAMPLE)
    if len(problems) > before:
        return None
    _check(node, problems, graph)
    rule, layer, axis, reason = (_word(node, key) for key in KEYS)
    return IgnoredRule(rule, layer, axis, reason) if len(problems) == before else None


def _word(node: Mapping, key: str) -> str:
    said = node.get(key)
    return said.text if isinstance(said, Scalar) else ""


def _check(node: Mapping, problems: Diagnostics, graph: NetworkGraph | None) -> None:
    known = (*RULE_NAMES, *RULE_NAMES.values())
    axes = STANDARD_AXES if graph is None else axes_of(graph.shape(path) for path in (*graph.inputs, *graph.nodes))
    checks = [("ignore", "rule", known), ("axis", "axis", axes)]
    if graph is not None:
        scopes = [scope.path for scope in graph.tree() if scope.path]
        checks.append(("layer", "layer", (*graph.inputs, *graph.nodes, *scopes)))
    for key, what, accepted in checks:
        said = node.get(key)
        if said is not None and _word(node, key) not in accepted:
            word = _word(node, key)
            expected = {"rule": "a rule of archcalc rules", "axis": "one of " + ", ".join(axes)}.get(
                what, "a layer, something with layers in it, or an input"
            )
            problems.add(said.location, f"no {what} {word!r}", expected, did_you_mean(word, accepted))
