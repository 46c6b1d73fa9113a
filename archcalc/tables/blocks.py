"""The blocks of the bundled libraries as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.spec.library import library_blocks
from archcalc.spec.text import plain
from archcalc.tables.table import TEXT, Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.spec.model import Block, Parameter


def blocks_table(libraries: Sequence[str]) -> Table:
    """Return every block of some bundled libraries with its parameters and, where it declares them, its tensors."""
    columns = (
        Column("library", "library", TEXT),
        Column("block", "block", TEXT),
        Column("parameters", "parameters", TEXT),
        Column("inputs", "reads", TEXT),
        Column("outputs", "returns", TEXT),
    )
    rows = tuple(_row(library, block) for library in libraries for block in library_blocks(library).values())
    return Table("blocks of the bundled libraries", ("use: [LIBRARY] in a spec; archcalc show LIBRARY",), columns, rows)


def _row(library: str, block: Block) -> tuple[str, ...]:
    parameters = ", ".join(parameter_text(each) for each in block.parameters)
    outputs = ", ".join(str(key.value) for key, _ in block.outputs)
    return library, block.name, parameters, ", ".join(block.inputs), outputs


def parameter_text(parameter: Parameter) -> str:
    """Return a parameter with its default, `stride=1`; one without a default by its name alone."""
    default = default_text(parameter)
    return parameter.name if default is None else f"{parameter.name}={default}"


def default_text(parameter: Parameter) -> str | None:
    """Return the default of a parameter as text, or None where it is required."""
    if parameter.default is None:
        return None
    value = plain(parameter.default)
    return str(value).lower() if isinstance(value, bool) else str(value)
