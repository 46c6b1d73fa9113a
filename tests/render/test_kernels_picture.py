"""Pictures of kernels: what is said about layers without one, rows and pages of a shape, and text that can be read."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

import archcalc
from archcalc.core.problem import UsageError
from archcalc.render.diagram import asked_of, drawn
from archcalc.render.palette import THEMES
from tests.render.geometry import Rect, page, placed, shape_rect, text_overlaps, text_rect

ATTENTION = ("timesformer_b", "mvit_v1_b", "swin3d_t", "vit_b_16")
NETWORKS = (*ATTENTION, "c3d", "p3d", "slowfast", "x3d_m", "wavenet", "unet3d", "volume_mri", "conv_video_gray_l2")


def picture(*names: str, **options: object) -> Element:
    analyses = [archcalc.analyze(archcalc.load(name)) for name in names]
    return ElementTree.fromstring(drawn("kernels", analyses, asked_of("kernels", options), "a.svg"))


def lines(root: Element) -> list[str]:
    return [each.text or "" for each in root.iter() if each.tag.endswith("}text")]


@pytest.mark.parametrize("name", ATTENTION)
def test_attention_networks_say_what_is_not_shown(name: str) -> None:
    """What is shown is what layers with a convolution's name have; the shares of all others make up the rest."""
    analysis = archcalc.analyze(archcalc.load(name))
    conv = 100 * sum(layer.macs for layer in analysis.layers if layer.op.startswith("conv")) / analysis.totals.macs
    said = " ".join(lines(picture(name)))
    shown, rest = re.search(r"Kernels: ([\d.]+)% of the MACs\. Not shown: (.*?)%\.", said).groups()  # type: ignore[union-attr]
    assert float(shown) == pytest.approx(conv, abs=0.051)
    shares = dict(each.rsplit(" ", 1) for each in rest.split("%, "))
    assert list(shares)[:2] == ["linear", "attention"]
    assert sum(map(float, shares.values())) == pytest.approx(100 - conv, abs=0.2)


def test_networks_of_kernels_alone_say_nothing() -> None:
    assert not [line for line in lines(picture("unet3d")) if "Not shown" in line]
    assert [line for line in lines(picture("c3d")) if line.endswith("Not shown: linear 0.1%.")]
    said = " ".join(lines(picture("r3d_18")))  # 40.7 G, of which the classifier has 205 k
    assert "Kernels: >99.9% of the MACs. Not shown: linear <0.1%." in said


def test_a_network_without_a_kernel_says_what_it_has() -> None:
    with pytest.raises(UsageError, match=r"gpt2 has no convolution; its multiply-accumulates are \d+\.\d% linear, "):
        picture("gpt2")


@pytest.mark.parametrize(
    "names", [*[(name,) for name in NETWORKS], ("r3d_18", "mc3_18", "r2plus1d_18", "s3d")], ids=str
)
def test_text_lies_on_the_page_and_not_on_other_text(names: tuple[str, ...]) -> None:
    root = picture(*names)
    assert text_overlaps(root) == []
    assert all(page(root).holds(text_rect(each)) for each in placed(root) if each.tag == "text")


@pytest.mark.parametrize("name", ["wavenet", "c3d", "slowfast", "p3d"])
def test_no_kernel_and_no_volume_is_a_hair(name: str) -> None:
    """However long a dilation or a signal is, the thinner side of each front is seen."""
    fronts: dict[str, list[Rect]] = {"kernel-box": [], "volume": []}
    for each in placed(picture(name)):
        for class_, found in fronts.items():
            if each.tag == "polygon" and each.within(class_) is not None:
                found.append(shape_rect(each))
    assert min(min(r.right - r.left, r.bottom - r.top) for r in fronts["kernel-box"]) >= 7.5
    assert min(min(r.right - r.left, r.bottom - r.top) for r in fronts["volume"]) >= 4


def test_a_shortened_dilation_is_said() -> None:
    said = [line for line in lines(picture("wavenet")) if line.startswith("dilation")]
    assert "dilation 2x1x1" in said
    assert "dilation 512x1x1, drawn shorter" in said


def test_rows_have_four_kernels_and_a_page_of_a_shape_has_it() -> None:
    for name in ("slowfast", "wavenet"):
        tops = [round(text_rect(each).top) for each in placed(picture(name))
                if each.tag == "text" and each.element.get("class") == "label"]  # fmt: skip
        assert max(tops.count(top) for top in tops) <= 4
    root = picture("slowfast", fit="16:9")
    assert page(root).right / page(root).bottom == pytest.approx(16 / 9, abs=0.01)
    assert page(picture("slowfast")).right < page(root).right


def test_colors_of_kinds_are_explained() -> None:
    root = picture("r2plus1d_18", color="kind")
    legend = [each.element.text for each in placed(root) if each.tag == "text" and each.within("legend") is not None]
    assert legend == ["spatial convolution", "temporal convolution", "pointwise convolution"]
    tops = [each.element.get("fill") for each in placed(root)
            if each.element.get("class") == "top" and each.within("kernel-box") is not None]  # fmt: skip
    assert set(tops) == {
        THEMES["light"].kind(f"{kind} convolution").fill for kind in ("spatial", "temporal", "pointwise")
    }
