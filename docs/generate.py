"""Write the reference pages operators.md, commands.md, quantities.md and rules.md from the program."""

from __future__ import annotations

import sys
from inspect import cleandoc
from pathlib import Path
from textwrap import wrap

import click

from archcalc.analysis.quantities import glossary
from archcalc.cli.commands import COMMANDS
from archcalc.cli.main import main
from archcalc.lint.rules import RULES
from archcalc.ops import OPS
from archcalc.render.markdown import markdown_text
from archcalc.spec.structure_pages import STRUCTURES
from archcalc.tables.catalog import operator_table, structure_table
from archcalc.tables.lint import rule_parts
from archcalc.tables.table import TEXT, Column, Table

WIDTH = 96
HEADER = "This page is written by `make docs` from the docstrings and help texts of the program."


def operators_page() -> str:
    """Return the page of operators and structures: description, example and arguments of each."""
    parts = ["# Operators", HEADER, " ".join(f"[{word}](#{word})" for word in (*OPS, *STRUCTURES))]
    for word in (*OPS, *STRUCTURES):
        table = structure_table(word) if word in STRUCTURES else operator_table(word)
        parts += [f"## {word}", "\n".join(table.subtitle)]
        if table.rows:
            parts.append(_rows(table))
    return "\n\n".join(parts) + "\n"


def _rows(table: Table) -> str:
    return markdown_text(Table("", (), table.columns, table.rows)).replace("****", "").strip()


def commands_page() -> str:
    """Return the page of commands: the --help of each."""
    parts = ["# Commands", HEADER, COMPLETION.strip()]
    for name, entry in COMMANDS.items():
        parts += [f"## archcalc {name}", f"```text\n{_help(name, entry.command())}\n```"]
    return "\n\n".join(parts) + "\n"


def _help(name: str, command: click.Command) -> str:
    program = click.Context(main, info_name="archcalc", help_option_names=["-h", "--help"])
    context = click.Context(command, program, name, terminal_width=WIDTH, max_content_width=WIDTH)
    return cleandoc(command.get_help(context))


COMPLETION = """
Results are written to stdout, everything else to stderr. Exit codes: 0 success; 1 problems found or
a check failed; 2 wrong usage; 3 output could not be written; 130 interrupted; 141 broken pipe.

To complete commands, options and bundled networks with the tab key, add one of these lines to the start-up file of
your shell:

```sh
eval "$(_ARCHCALC_COMPLETE=bash_source archcalc)"     # bash, in ~/.bashrc
eval "$(_ARCHCALC_COMPLETE=zsh_source archcalc)"      # zsh, in ~/.zshrc
_ARCHCALC_COMPLETE=fish_source archcalc | source      # fish, in ~/.config/fish/config.fish
```
"""

QUANTITIES = """
The numbers and facts that archcalc knows of a layer or a network. A key names a column (`--columns`, CSV, data frames),
a key of [JSON](json.md), and a choice of `--heat` and `compare --quantities`. The last four are totals of networks.
"""


def quantities_page() -> str:
    """Every quantity with its key, its heading in tables and what it means."""
    columns = tuple(Column(key, key, TEXT) for key in ("key", "heading", "meaning"))
    return (
        "\n\n".join(("# Quantities", HEADER, QUANTITIES.strip(), _rows(Table("", (), columns, tuple(glossary())))))
        + "\n"
    )


RULES_HEAD = """
What `archcalc lint` checks. Every rule states facts with their figures, not opinions; codes from AC101 on are about
windows and fields, from AC201 on about structure, from AC301 on about cost, from AC401 on about time. A spec says which
findings are known and accepted:

```yaml
lint:
  - {ignore: tensor_core, reason: the channels are those of the paper}
  - {ignore: AC103, layer: conv5a, axis: T, reason: two frames are left at the published size}
```

`layer` is a layer, something that contains layers, or an input; without it and without `axis` the rule is ignored
everywhere. What they find in the bundled networks: [reports/lint.md](../reports/lint.md).
"""


KNOWN_NETWORKS = """
## Findings in known networks

Most findings are not mistakes: they are prices that a design pays at its published input size.

- **The last kernels in time add no context.** In C3D every one of the two positions that conv5a and conv5b read sees
  all 16 frames already, and a third of their products along time multiply padding; over the whole network it is 14.4%
  of the multiply-accumulates. R3D-18 and R(2+1)D-18 have six such kernels each, X3D-L 94 on its three axes (16 frames
  of 312 pixels). More frames at the same cost elsewhere, or kernels of 1 in time at the end, are what later designs
  chose: SlowFast has four.
- **Weights that never meet a frame.** A 3-D ResNet (`resnet3d`) has two frames or one left in its last stage: one or
  two thirds of the weights of three kernels multiply padding only.
- **Frames that nobody reads.** Karpathy's late fusion takes the first and the last of 16 frames; no output depends on
  the other 14. AlexNet does not read the last 5 rows and columns of a 224 x 224 image.
- **Channels from a formula.** The middle channels of R(2+1)D (45, 144, 230, 288, 460, 576, 921, 1152) keep its
  parameters equal to those of R3D; 45, 230, 460 and 921 do not fill the tiles of tensor cores.
- **A linear pair can be meant.** X3D's stem (1 x 3 x 3, then 5 x 1 x 1 depthwise) factorizes one kernel of 3,240
  weights into 768; MViT's pooling follows its projections without a nonlinearity in the same way.
- **A bias that does nothing.** The output convolutions of the five non-local blocks have biases that their
  normalization removes.
"""


def rules_page() -> str:
    """Return the page of design checks: what each finds, why it matters, what to do, and its source."""
    parts = ["# Design checks", HEADER, RULES_HEAD.strip()]
    for code, rule in RULES.items():
        parts += [f"## {code} {rule.name}", f"Finds {rule.title}."]
        parts += [f"**{heading}.** {text}" for heading, text in rule_parts(rule)]
    parts.append(KNOWN_NETWORKS.strip())
    return "\n\n".join("\n".join(wrap(part, 120)) if "\n" not in part else part for part in parts) + "\n"


PAGES = {
    "operators.md": operators_page,
    "commands.md": commands_page,
    "quantities.md": quantities_page,
    "rules.md": rules_page,
}


def write(folder: Path) -> None:
    """Write all pages to a folder."""
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
