"""The commands by name: where each is written and what it is for, so that none is imported before it is asked for."""

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
    """A command of archcalc.cli: its module, what it is called there, and its purpose in a line."""

    module: str
    attribute: str
    purpose: str

    def command(self) -> click.Command:
        """The command itself."""
        command = getattr(import_module(f"archcalc.cli.{self.module}"), self.attribute)
        assert isinstance(command, click.Command)
        return command


COMMANDS = {
    "table": Entry("table", "table", "Print layers with size, receptive field, parameters and cost."),
    "explain": Entry("explain", "explain", "Show the arithmetic behind one layer, step by step."),
    "check": Entry("check", "check", "Validate specs and print every problem."),
    "audit": Entry("audit", "audit", "Hold published figures against ours."),
    "compare": Entry("compare", "compare", "Put networks, or variants of one, side by side."),
    "fit": Entry("fit", "fit_command", "Find the largest batch that a memory holds."),
    "diagram": Entry("diagram", "diagram", "Draw a network, as a graph or unrolled in time."),
    "build": Entry("build", "build", "Write a network as source of PyTorch."),
    "verify": Entry("verify", "verify", "Build in PyTorch and hold every number against it."),
    "profile": Entry("profile", "profile", "Run on a device: time and memory, layer by layer."),
    "report": Entry("report", "report", "Profile many networks and write a report on them."),
    "list": Entry("networks", "list_networks", "List the bundled networks by what they do with time."),
    "show": Entry("catalog", "show", "Print a spec expanded, layer by layer."),
    "ops": Entry("catalog", "ops", "List the operators, or describe one."),
    "schema": Entry("schema", "schema", "Print the JSON Schema of specs, for editors."),
    "clip": Entry("clip", "clip", "Work out frames and bytes of raw and sampled video."),
    "init": Entry("init", "init", "Write a small network with comments to start from."),
}


class Commands(ErrorBoundary):
    """The commands of the table, each imported when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, None where there is none."""
        entry = COMMANDS.get(cmd_name)
        return None if entry is None else entry.command()

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments begin with; click.UsageError names the nearest where there is none."""
        name = args[0]
        if name in COMMANDS or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        hint = did_you_mean(name, COMMANDS) or "archcalc --help lists the commands"
        raise click.UsageError(f"no command {name!r}; {hint}", ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Names and purposes."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.purpose) for name, entry in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names that begin so with their purposes, and options."""
        return [*_beginning(incomplete), *click.Command.shell_complete(self, ctx, incomplete)]


def _beginning(incomplete: str) -> Iterator[CompletionItem]:
    for name, entry in COMMANDS.items():
        if name.startswith(incomplete):
            yield CompletionItem(name, help=entry.purpose)
