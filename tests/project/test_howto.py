"""The networks of the how-to page: short, built in PyTorch with the same numbers, and those of publications."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import archcalc
from tests.latex import compiled
from tests.project.examples import blocks, printed

PAGE = Path(__file__).parents[2] / "docs" / "howto.md"
SPECS = blocks(PAGE.read_text(encoding="utf-8"), "yaml")
MOST_LINES = 45

PUBLISHED = {
    "shufflenet_v2": 2_278_604,  # torchvision, shufflenet_v2_x1_0
    "mixtral": 46_702_792_704,  # Hugging Face, mistralai/Mixtral-8x7B-v0.1
    "vit_ti": 5_717_416,  # timm, vit_tiny_patch16_224
    "convnext_t": 28_589_128,  # torchvision, convnext_tiny
    "deeplabv3": 42_004_074 - 2_365_205,  # torchvision, deeplabv3_resnet50 without its auxiliary classifier
    # facebookresearch/detr prints 41,302,368 that it trains; 222,400 of stem and layer1 are frozen, norms are buffers
    "detr_r50": 41_302_368 + 222_400 + 53_120,
    "pvt_v2_b0": 3_666_760,  # timm, pvt_v2_b0
    "mlp_mixer": 59_880_472,  # timm, mixer_b16_224
    "fpn": 23_508_032 + 3_344_384,  # torchvision: resnet50 without fc, FeaturePyramidNetwork([256, ..., 2048], 256)
}
"""Parameters."""


BUILT: dict[str, dict[str, Any]] = {
    "mixtral": {"depth": 1, "width": 64, "hidden": 128, "vocabulary": 100},
    "conformer": {"depth": 1},
    "detr_r50": {"depth": 1},
    "vivit_fsa": {"depth": 1},
}
"""Parameters with which large networks are built: their blocks are alike."""


def load(text: str, folder: Path, **parameters: Any) -> archcalc.Spec:
    path = folder / "network.yaml"
    path.write_text(text, encoding="utf-8")
    return archcalc.load(path, **parameters)


def name(text: str) -> str:
    return next(line.removeprefix("name: ") for line in text.splitlines() if line.startswith("name: "))


@pytest.mark.parametrize("text", SPECS, ids=name)
def test_a_spec_is_short_and_wastes_nothing(text: str, tmp_path: Path) -> None:
    assert text.count("\n") < MOST_LINES
    assert not load(text, tmp_path).graph.unread()


@pytest.mark.parametrize("text", SPECS, ids=name)
def test_pytorch_builds_it_with_the_same_numbers(text: str, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
    from tests.pytorch.agreement import assert_agrees

    assert_agrees(load(text, tmp_path, **BUILT.get(name(text), {})))


@pytest.mark.parametrize("network", PUBLISHED)
def test_parameters_are_those_of_publications(network: str, tmp_path: Path) -> None:
    (text,) = (each for each in SPECS if name(each) == network)
    assert archcalc.analyze(load(text, tmp_path)).totals.params == PUBLISHED[network]


def test_the_slides_show_the_drawings_of_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    section = PAGE.read_text(encoding="utf-8").partition("\n## Put a drawing on LaTeX slides\n")[2]
    (commands,), (slides,) = blocks(section, "sh"), blocks(section, "latex")
    for command in commands.splitlines():
        assert printed(command.removeprefix("archcalc ")) == "\n"
    Path("slides.tex").write_text(slides, encoding="utf-8")
    shown = re.findall(r"\\(?:includegraphics\[.*\]|input)\{(\w+)\.\w+\}", slides)
    assert sorted(shown) == sorted(each.stem for each in tmp_path.glob("*.tex") if each.stem != "slides")
    for color in re.findall(r"archcalc[0-9a-f]{6}", section):
        assert rf"\providecolor{{{color}}}" in Path("slow_fusion.tex").read_text(encoding="utf-8")
    said = compiled(tmp_path, "c3d.tex", "slides.tex")
    assert ("(2 pages" in said, "Overfull" in said) == (True, False)
