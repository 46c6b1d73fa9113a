"""The one place where errors become messages and exit codes."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from archcalc.core.problem import SpecError, Unavailable, UsageError

PROBLEMS_FOUND = 1
WRONG_USAGE = 2
INTERRUPTED = 130


class ErrorBoundary(click.Group):
    """Runs a command; problems of a spec exit with 1, wrong usage with 2, and no traceback is shown without --debug."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except SpecError as error:
            from archcalc.render.problems import print_problems
            from archcalc.render.screen import screen

            print_problems(error.problems, screen(sys.stderr))
            ctx.exit(PROBLEMS_FOUND)
        except Unavailable as error:
            click.echo(f"archcalc: {error}", err=True)
            ctx.exit(PROBLEMS_FOUND)
        except UsageError as error:
            raise click.UsageError(str(error), ctx) from None
        except BrokenPipeError:
            # The reader of the pipe has gone; Python would complain once more when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(PROBLEMS_FOUND)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            click.echo(f"archcalc failed: {type(error).__name__}: {error}", err=True)
            click.echo("this is a mistake in archcalc; --debug before the command shows where", err=True)
            ctx.exit(PROBLEMS_FOUND)
