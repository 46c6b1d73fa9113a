"""Print the packages that archcalc needs and this Python does not have: python missing.py [--all] pyproject.toml."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def requirements(project: Path) -> list[str]:
    """Return what the project depends on, without optional parts, as `name>=1.2`."""
    return [each.replace(" ", "") for each in tomllib.loads(project.read_text())["project"]["dependencies"]]


def is_missing(requirement: str) -> bool:
    """Return whether no version of a package is installed."""
    try:
        version(re.split(r"[<>=!~\[;]", requirement)[0])
    except PackageNotFoundError:
        return True
    return False


def main(arguments: list[str]) -> None:
    """Print the requirements, those that are missing unless all are asked for."""
    found = requirements(Path(arguments[-1]))
    print(*(each for each in found if "--all" in arguments or is_missing(each)))


if __name__ == "__main__":
    main(sys.argv[1:])
