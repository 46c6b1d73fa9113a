"""The table of commands, each of which is imported only when it is run."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

import click
from click.shell_completion import CompletionItem

from archcalc.cli.boundary import ErrorBoundary
from archcalc.core.problem import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator


class Entry(NamedTuple):
    """A command of archcalc.cli: its module, its name in the module, and its purpose in one line."""

    module: str
    attribute: str
    purpose: str

    def command(self) -> click.Command:
        """Import and return the command."""
        command = getattr(import_module(f"archcalc.cli.{self.module}"), self.attribute)
        assert isinstance(command, click.Command)
        return command


COMMANDS = {
    "table": Entry("table", "table", "Print the layers with size, receptive field, parameters and cost."),
    "import": Entry("module", "import_module", "Record a module of PyTorch and print its layers."),
    "explain": Entry("explain", "explain", "Show the arithmetic of a layer, step by step."),
    "check": Entry("check", "check", "Validate specs and print every problem."),
    "audit": Entry("audit", "audit", "Compare our figures with published figures."),
    "lint": Entry("lint", "lint", "Check a design: rules with codes, places and figures."),
    "rules": Entry("lint", "rules", "List the rules of lint."),
    "compare": Entry("compare", "compare", "Compare networks, or variants of one network."),
    "sweep": Entry("search", "sweep", "Calculate a grid of designs of a spec."),
    "search": Entry("search", "search", "Find the best designs of a spec that meet requirements."),
    "fit": Entry("fit", "fit_command", "Find the largest batch that fits into a memory."),
    "diagram": Entry("diagram", "diagram", "Draw networks: graph, kernels, receptive field, volumes."),
    "build": Entry("build", "build", "Write a network as PyTorch source code."),
    "verify": Entry("verify", "verify", "Build in PyTorch and compare every number with it."),
    "profile": Entry("profile", "profile", "Measure time and memory on a device, layer by layer."),
    "report": Entry("report", "report", "Profile many networks and write a report."),
    "serve": Entry("serve", "serve", "Edit a spec in the browser and see what each position reads."),
    "page": Entry("page", "page", "Write networks as one HTML page that needs nothing else."),
    "list": Entry("networks", "list_networks", "List the bundled networks by how they process time."),
    "show": Entry("catalog", "show", "Print a spec with all blocks and repeats expanded."),
    "ops": Entry("catalog", "ops", "List the operators, or describe one operator."),
    "schema": Entry("schema", "schema", "Print the JSON Schema of specs for editors."),
    "clip": Entry("clip", "clip", "Calculate frames and bytes of raw and sampled video."),
    "init": Entry("init", "init", "Write a small commented network to start from."),
}


class Commands(ErrorBoundary):
    """A group of the commands in COMMANDS, each imported when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command with this name, or None."""
        entry = COMMANDS.get(cmd_name)
        return None if entry is None else entry.command()

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments begin with; raise click.UsageError with the nearest name otherwise."""
        name = args[0]
        if name in COMMANDS or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        hint = did_you_mean(name, COMMANDS) or "archcalc --help lists the commands"
        raise click.UsageError(f"no command {name!r}; {hint}", ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the names and purposes of all commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.purpose) for name, entry in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands whose names begin with `incomplete`, and options."""
        return [*_beginning(incomplete), *click.Command.shell_complete(self, ctx, incomplete)]


def _beginning(incomplete: str) -> Iterator[CompletionItem]:
    for name, entry in COMMANDS.items():
        if name.startswith(incomplete):
            yield CompletionItem(name, help=entry.purpose)
