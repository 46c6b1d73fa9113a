"""Volumes for a page of a given shape: the page has it, everything lies on it, and lines break for it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest

import archcalc
from archcalc.core.problem import UsageError
from archcalc.drawings.volume import volume_drawing
from archcalc.render.svg_volume import volume_svg

SVG = "{http://www.w3.org/2000/svg}"


def page(name: str, ratio: float) -> ElementTree.Element:
    return ElementTree.fromstring(volume_svg([volume_drawing(archcalc.analyze(archcalc.load(name)))], "light", ratio))


def lines(root: ElementTree.Element) -> int:
    """How many different heights names of boxes have."""
    return len({each.get("y") for each in root.iter(f"{SVG}text") if each.get("class") == "name"})


@pytest.mark.parametrize("name", ["c3d", "unet3d", "slowfast", "conv_image_gray", "wavenet"])
@pytest.mark.parametrize("ratio", [16 / 9, 4 / 3, 0.7])
def test_the_page_has_the_shape_and_holds_the_picture(name: str, ratio: float) -> None:
    root = page(name, ratio)
    wide, high = float(root.get("width") or 0), float(root.get("height") or 0)
    assert wide / high == pytest.approx(ratio, rel=0.001)
    moved = re.fullmatch(r"translate\(([\d.]+) ([\d.]+)\)", next(root.iter(f"{SVG}g")).get("transform") or "")
    assert moved
    texts = [(float(each.get("x") or 0), float(each.get("y") or 0)) for each in root.iter(f"{SVG}text")]
    assert all(0 < x + float(moved[1]) < wide and 0 < y + float(moved[2]) < high for x, y in texts)


def test_a_wide_page_has_fewer_lines_than_a_high_one() -> None:
    assert lines(page("c3d", 4)) == 1
    assert lines(page("c3d", 16 / 9)) == 2
    assert lines(page("c3d", 0.6)) > 2


@pytest.mark.parametrize("fit", ["16", "16:0", "0:9", "16x9", "-16:9", "100:1"])
def test_other_shapes_are_refused(fit: str) -> None:
    with pytest.raises(UsageError, match=f"fit '{fit}'; expected WIDTH:HEIGHT, such as 16:9"):
        archcalc.analyze(archcalc.load("c3d")).diagram("volume", fit=fit)
