"""A script: run archcalc with empty stand-ins for the heavy libraries and print which of them it imported.

Stand-ins, so that an import shows whether or not the library is installed. A lazily imported library does not show
before its first use. Arguments: the libraries, comma-separated; then a command of archcalc, or none to import it only.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class StandIns(MetaPathFinder, Loader):
    """Finds an empty package under each of the given names and notes which were imported."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = frozenset(names)
        self.imported: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        known = fullname.partition(".")[0] in self.names
        return ModuleSpec(fullname, self, is_package=True) if known else None

    def exec_module(self, module: ModuleType) -> None:
        self.imported.add(module.__name__.partition(".")[0])


def main() -> None:
    names, *command = sys.argv[1:]
    stand_ins = StandIns(names.split(","))
    sys.meta_path.insert(0, stand_ins)
    run(command)
    print(json.dumps(sorted(stand_ins.imported)), file=sys.stderr)


def run(command: list[str]) -> None:
    from archcalc.cli.main import main as archcalc

    if not command:
        return
    sys.argv = ["archcalc", *command]
    try:
        archcalc()
    except SystemExit as end:
        if end.code:
            raise


if __name__ == "__main__":
    main()
