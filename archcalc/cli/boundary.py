"""Converts errors to messages and exit codes."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from archcalc import interrupts
from archcalc.core.problem import BrokenPipe, OutputError, SpecError, Unavailable, UsageError
from archcalc.core.source_files import remembered

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

PROBLEMS_FOUND = 1
NOT_WRITTEN = 3
INTERRUPTED = interrupts.EXIT_CODE
BROKEN_PIPE = 141


class ErrorBoundary(click.Group):
    """Runs a command and converts exceptions to a message and an exit code; --debug shows the traceback.

    1: problems of a spec; 2: wrong usage; 3: output that cannot be written; 130: Ctrl-C; 141: a broken pipe.
    """

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, complete_var: str | None = None,
             standalone_mode: bool = True, **extra: Any) -> Any:  # fmt: skip
        """Run the command line, and exit with its code unless `standalone_mode` is off."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode, **extra)
        sys.exit(self._exit_code(args=args, prog_name=prog_name, complete_var=complete_var, **extra))

    def _exit_code(self, **asked: Any) -> int:
        try:
            code = self._outcome(**asked)
            sys.stdout.flush()
        except OutputError as error:
            return _not_written(error)
        except UnicodeEncodeError as error:
            found = f"standard output takes {error.encoding}, which lacks {error.object[error.start]!a}"
            return _failed(f"{found}; set PYTHONIOENCODING=utf-8 or use --output FILE", NOT_WRITTEN)
        return code

    def _outcome(self, **asked: Any) -> int:
        try:
            with remembered():
                code = super().main(standalone_mode=False, **asked)
        except click.Abort:
            return _failed("interrupted", INTERRUPTED)
        except click.ClickException as error:
            error.show()
            return error.exit_code
        return code if isinstance(code, int) else 0

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that the arguments name."""
        try:
            return super().invoke(ctx)
        except SpecError as error:
            from archcalc.render.problems import print_problems
            from archcalc.render.screen import screen

            print_problems(error.problems, screen(sys.stderr))
            ctx.exit(PROBLEMS_FOUND)
        except Unavailable as error:
            ctx.exit(_failed(str(error), PROBLEMS_FOUND))
        except (OutputError, UnicodeEncodeError):
            raise
        except UsageError as error:
            raise click.UsageError(str(error), self._asked(ctx)) from None
        except MemoryError:
            ctx.exit(_failed("not enough memory", PROBLEMS_FOUND))
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            if interrupts.seen():  # a library converted Ctrl-C to another exception
                raise click.Abort from None
            click.echo(f"archcalc failed: {type(error).__name__}: {error}", err=True)
            click.echo("this is an error in archcalc; archcalc --debug COMMAND shows where", err=True)
            ctx.exit(PROBLEMS_FOUND)

    def _asked(self, ctx: click.Context) -> click.Context:
        """Return the context of the command, whose usage an error message shows."""
        name = ctx.invoked_subcommand
        command = self.get_command(ctx, name) if name else None
        return ctx if command is None else click.Context(command, parent=ctx, info_name=name)


def exit_with_problems(ctx: click.Context, output: str | None, found: str) -> NoReturn:
    """Exit with 1. Where the result went to a file, standard error says what was found."""
    if output not in (None, "-"):
        click.echo(f"archcalc: {found}: {output}", err=True)
    ctx.exit(PROBLEMS_FOUND)


def _failed(message: str, code: int) -> int:
    click.echo(f"archcalc: {message}", err=True)
    return code


def _not_written(error: OutputError) -> int:
    """Print why output could not be written; print nothing for a broken pipe."""
    _forget_output()
    return BROKEN_PIPE if isinstance(error, BrokenPipe) else _failed(str(error), NOT_WRITTEN)


def _forget_output() -> None:
    """Discard what is still buffered; otherwise Python prints a second error when it flushes the buffers at exit."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
