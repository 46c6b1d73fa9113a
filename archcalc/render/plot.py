"""Matplotlib figures: imported only when one is drawn; equal data gives equal files, independent of user settings."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from archcalc.core.extras import install_command
from archcalc.core.problem import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

    from archcalc.render.palette import Theme

INSTALL = install_command("diagram")
DPI = 150


def require_matplotlib() -> None:
    """Raise Unavailable, with the command that installs it, if matplotlib is missing."""
    try:
        import matplotlib  # noqa: F401 - the question is whether it can be
    except ImportError:
        raise Unavailable(f"plots need matplotlib; {INSTALL}") from None


@contextmanager
def plotting(colors: Theme) -> Iterator[None]:
    """Matplotlib's own settings with the colors of a theme; text stays text in SVG.

    Raises:
        Unavailable: matplotlib is not installed.
    """
    require_matplotlib()
    import matplotlib

    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a font without a letter of a name: readers have others
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_settings(colors))
        yield


def _settings(colors: Theme) -> dict[Any, Any]:
    ink = dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), colors.text)
    page = dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), colors.page)
    return {
        **ink, **page, "axes.edgecolor": colors.line, "svg.fonttype": "none", "svg.hashsalt": "archcalc",
        "font.size": 10, "axes.spines.right": False, "figure.dpi": 100,
    }  # fmt: skip


def figure_bytes(figure: Figure, output_format: str) -> bytes:
    """A figure as svg, png or pdf, without a date."""
    written = BytesIO()
    undated: dict[str, dict[str, None]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}
    figure.savefig(written, format=output_format, metadata=undated[output_format], dpi=DPI)
    return written.getvalue()
