"""Where the files that ship with archcalc lie."""

from __future__ import annotations

from pathlib import Path


def specs_folder() -> Path:
    """Return the folder of the bundled specs.

    An installed wheel carries it inside the package, a checkout beside it. The wheel's place comes first: what lies
    beside an installed package is somebody else's.

    Raises:
        FileNotFoundError: neither place has it, so the installation is damaged.
    """
    package = Path(__file__).resolve().parent
    places = (package / "specs", package.parent / "specs")
    for place in places:
        if place.is_dir():
            return place
    looked = " and ".join(str(place) for place in places)
    raise FileNotFoundError(f"the specs that ship with archcalc are missing: looked for {looked}; reinstall archcalc")


def starter_spec() -> str:
    """The text of the spec that `archcalc init` writes; FILE in it stands for the name of the file."""
    return Path(__file__).with_name("starter.yaml").read_text(encoding="utf-8")
