"""Derivations as text and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.explain.explanation import Explanation
from archcalc.render.screen import BOLD, DIM

if TYPE_CHECKING:
    from archcalc.explain.explanation import Step
    from archcalc.render.screen import Screen


def result_text(step: Step) -> str:
    """The result with thousands separated."""
    return f"{step.result:,}" if isinstance(step.result, int) else step.result


def _derived(step: Step) -> str:
    plain = not step.expression or step.expression == str(step.result)
    return result_text(step) if plain else f"{step.expression} = {result_text(step)}"


def print_explanation(explanation: Explanation, out: Screen) -> None:
    """One step a line: what, arithmetic, remark."""
    out.line(explanation.title, BOLD)
    for line in explanation.subtitle:
        out.line(line, DIM)
    for section in explanation.sections:
        out.line()
        out.line(section.heading, BOLD)
        width = max(len(step.what) for step in section.steps)
        for step in section.steps:
            remark = out.styled(f"   {step.remark}", DIM) if step.remark else ""
            out.line(f"  {step.what:<{width}}  {_derived(step)}{remark}")


def explanation_markdown(explanation: Explanation) -> str:
    """The same for lecture notes."""
    lines = [f"### {explanation.title}", "", *explanation.subtitle]
    for section in explanation.sections:
        lines += ["", f"**{section.heading}**", ""]
        lines += [
            f"- {step.what}: `{_derived(step)}`" + (f" ({step.remark})" if step.remark else "")
            for step in section.steps
        ]
    return "\n".join(lines) + "\n"


class ShownExplanation(Explanation):
    """The derivation of one layer, which a notebook shows; `sections` has its steps as data."""

    def __repr__(self) -> str:
        return f"<Explanation of {self.title}; {', '.join(each.heading for each in self.sections)}>"

    def _repr_markdown_(self) -> str:
        return explanation_markdown(self)
