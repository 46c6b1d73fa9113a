"""What the optional parts of archcalc need, and the command that installs it.

The command names the packages. `pip install 'archcalc[torch]'` works only where pip finds archcalc: in the environment
in which it is installed, but not for a checkout that runs from its folder.
"""

from __future__ import annotations

from importlib.util import find_spec

from archcalc.core.problem import Unavailable

EXTRAS = {
    "torch": ("fvcore>=0.1.5.post20221221", "torch>=2.4"),
    "diagram": ("CairoSVG>=2.7", "graphviz>=0.20", "graphviz-pure>=0.2", "matplotlib>=3.8"),
    "frame": ("pandas>=2.2",),
    "search": ("pymoo>=0.6.1",),
    "cluster": ("distributed>=2024.8",),
}
"""As in pyproject.toml."""


def install_command(extra: str) -> str:
    """Return the command that installs what an extra needs, wherever archcalc itself came from."""
    return "python -m pip install " + " ".join(f"'{requirement}'" for requirement in EXTRAS[extra])


def require(extra: str, what: str) -> None:
    """Raise Unavailable with the command that installs an extra, where its library is missing; `what` needs it."""
    if find_spec(extra) is None:
        raise Unavailable(f"{what} needs {extra}: {install_command(extra)}")
