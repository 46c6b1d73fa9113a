"""The changelog and the package speak of the same version."""

from __future__ import annotations

import re

from archcalc._version import __version__

HEADING = re.compile(r"^## \[?(\d+\.\d+\.\d+)\]?", re.MULTILINE)


def test_the_changelog_begins_with_the_version_of_the_package(checkout):
    versions = HEADING.findall((checkout / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert versions[0] == __version__


def test_the_package_tells_the_same_version():
    import archcalc

    assert archcalc.__version__ == __version__
