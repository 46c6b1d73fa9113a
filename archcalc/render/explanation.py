"""Derivations as text and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

    from archcalc.view.explanation import Explanation, Step


def result_text(step: Step) -> str:
    """The result with thousands separated."""
    return f"{step.result:,}" if isinstance(step.result, int) else step.result


def _derived(step: Step) -> str:
    plain = not step.expression or step.expression == str(step.result)
    return result_text(step) if plain else f"{step.expression} = {result_text(step)}"


def print_explanation(explanation: Explanation, out: Console) -> None:
    """One step a line: what, arithmetic, remark."""
    out.print(Text(explanation.title, style="bold"), soft_wrap=True)
    for line in explanation.subtitle:
        out.print(Text(line, style="dim"), soft_wrap=True)
    for section in explanation.sections:
        out.print()
        out.print(Text(section.heading, style="bold"))
        width = max(len(step.what) for step in section.steps)
        for step in section.steps:
            remark = Text(f"   {step.remark}" if step.remark else "", style="dim")
            out.print(Text(f"  {step.what:<{width}}  {_derived(step)}") + remark, soft_wrap=True)


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
