"""The command `archcalc page`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from archcalc.api import analyze
from archcalc.cli.options import analysis_options, emit, read_spec, specs_argument
from archcalc.core.problem import UsageError
from archcalc.page.networks import Network
from archcalc.page.report.document import report_html
from archcalc.render.files import STANDARD_OUTPUT
from archcalc.spec.module_names import names_module

if TYPE_CHECKING:
    from archcalc.spec.load import Spec

MOST_NETWORKS = 12


@click.command(epilog="Example: archcalc page slow_fusion early_fusion -o fusion.html")
@specs_argument
@analysis_options
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="Write to FILE, an HTML page. - is standard output."
)
def page(specs: tuple[str, ...], settings: tuple[str, ...], inputs: tuple[str, ...], output: str, **asked: Any) -> None:
    """Write one SPEC, or several side by side, as one HTML page that needs nothing else.

    The page has the table, the drawings, what each position of each layer reads and why, the published figures and how
    ours compare, the conditions of the numbers and the spec itself. It opens from a disk, fetches nothing, prints, and
    is readable without a script. --set and --input apply to all SPECs.
    """
    if len(specs) > MOST_NETWORKS:
        raise UsageError(f"{len(specs)} networks; expected at most {MOST_NETWORKS} in one page")
    networks = [_network(spec, read_spec(spec, settings, inputs), asked) for spec in specs]
    emit(report_html(networks), None if output in STANDARD_OUTPUT else output)


def _network(name: str, spec: Spec, asked: dict[str, Any]) -> Network:
    text = ""
    if not names_module(name) and spec.origin is not None:
        text = "\n".join(spec.origin.document.location.source.lines)
    return Network(name, text, spec, analyze(spec, **asked))
