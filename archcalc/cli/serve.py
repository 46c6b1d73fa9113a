"""The command `archcalc serve`."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Any

import click

from archcalc.cli.options import CALL, TRAIN, bundled_names, spec_options
from archcalc.core.problem import Location, Problem, Source, SpecError, UsageError
from archcalc.page.process import Worker
from archcalc.page.server import PageServer
from archcalc.page.user_file import UserFile
from archcalc.spec.library import STDIN, bundled_networks, locate
from archcalc.spec.module_names import names_module


@click.command(epilog="Example: archcalc serve my_network.yaml")
@click.argument("spec", metavar="[SPEC]", required=False, shell_complete=bundled_names)
@spec_options
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default="a free one",
              help="Port on this machine.")  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Print the address, and open no browser.")
@click.option("--export", "folder", metavar="DIR",
              help="Write the page as static files into DIR; archcalc then runs in the browser.")  # fmt: skip
@click.option("--pyodide", metavar="DIR", help="export: folder of Pyodide, from its npm package.")
def serve(spec: str | None, settings: tuple[str, ...], inputs: tuple[str, ...], port: int, no_browser: bool,
          folder: str | None, pyodide: str | None) -> None:  # fmt: skip
    """Open a page in the browser in which a spec is edited: its table, drawings, and what each position reads.

    A SPEC that is a file is followed and saved; its libraries are read from its own folder. The server can be reached
    from this machine alone. Ctrl-C ends it.
    """
    if folder is not None:
        _export(folder, pyodide, spec)
        return
    shown, file, setup = _subject(spec, settings, inputs)
    worker = Worker(setup)
    try:
        worker.start()
        server = _server(worker, shown, file, port)
        click.echo(server.address)
        if not no_browser:
            webbrowser.open(server.address)
        with server:
            server.serve_forever()
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
    finally:
        worker.close()


def _server(worker: Worker, shown: dict[str, Any] | None, file: UserFile | None, port: int) -> PageServer:
    try:
        return PageServer(worker, shown, file, port)
    except OSError as error:
        raise UsageError(f"--port {port}: {error.strerror}; expected a free port, or none to choose one") from None


def _export(folder: str, pyodide: str | None, spec: str | None) -> None:
    from archcalc.page.static_site import write_site

    if spec is not None:
        raise UsageError(f"--export with {spec}; expected one of the two: the page holds all bundled networks")
    files = write_site(Path(folder), None if pyodide is None else Path(pyodide))
    click.echo(f"{folder}: {len(files)} files", err=True)


def _subject(
    spec: str | None, settings: tuple[str, ...], inputs: tuple[str, ...]
) -> tuple[dict[str, Any] | None, UserFile | None, dict[str, Any]]:
    """Return what the page shows first, the user's file, and what the process that analyzes has to know."""
    changed = {"set": dict(_pair("--set", each) for each in settings)}
    setup: dict[str, Any] = {"folder": None, "modules": {}}
    if spec is None:
        return None, None, setup
    if names_module(spec):
        meta = click.get_current_context().meta
        asked = {**changed, "inputs": list(inputs), "call": meta.get(CALL), "train": bool(meta.get(TRAIN))}
        shown = {"kind": "module", "name": spec, "module": spec, "text": "", "inputs": {}, "set": {}}
        return shown, None, {**setup, "modules": {spec: asked}}
    if spec == STDIN:
        raise UsageError("serve with standard input; expected a file, or the name of a bundled network")
    path = locate(spec)
    assert path is not None
    kind = "network" if path in [each.path for each in bundled_networks()] else "file"
    shown = {"kind": kind, "name": spec if kind == "network" else path.name, **changed,
             "inputs": dict(_pair("--input", each) for each in inputs)}  # fmt: skip
    file = UserFile(path.resolve())
    text = _text(file, spec)
    if kind == "network":
        return {**shown, "text": text, "writable": False}, None, setup
    return {**shown, "writable": True}, file, {**setup, "folder": str(file.path.parent)}


def _text(file: UserFile, spec: str) -> str:
    """Return the text of a file; SpecError where there is none, as for other commands."""
    try:
        return file.read().text
    except UsageError as error:
        raise SpecError([Problem(Location(Source(spec)), str(error).removeprefix(f"{file.name} "))]) from None


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise UsageError(f"{option} {text!r}; expected NAME=VALUE")
    return name, value
