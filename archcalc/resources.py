"""Locations of the files that are bundled with archcalc."""

from __future__ import annotations

from pathlib import Path


def specs_folder() -> Path:
    """Return the folder of the bundled specs.

    A wheel contains it in the package; a checkout has it in the folder that contains the package. The place in the
    wheel comes first, because a folder next to an installed package belongs to somebody else.

    Raises:
        FileNotFoundError: there is no such folder, so the installation is damaged.
    """
    package = Path(__file__).resolve().parent
    places = (package / "specs", package.parent / "specs")
    for place in places:
        if place.is_dir():
            return place
    looked = " and ".join(str(place) for place in places)
    raise FileNotFoundError(f"the specs that ship with archcalc are missing: looked for {looked}; reinstall archcalc")


def starter_spec() -> str:
    """Return the text of the spec that `archcalc init` writes; FILE in it is replaced by the name of the file."""
    return Path(__file__).with_name("starter.yaml").read_text(encoding="utf-8")
