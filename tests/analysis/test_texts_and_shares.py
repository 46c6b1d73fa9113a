"""What single layers are called in papers' tables, which share of their products is padding, and reads with a token."""

from __future__ import annotations

import archcalc
from archcalc.analysis.kernels import layer_text
from archcalc.analysis.padding import AxisTaps

HEAD = "archcalc: 1\nname: net\ninputs: {clip: {C: 4, T: 4, H: 4, W: 4}}\nlayers:\n"


def test_pools_are_named_and_convolutions_are_not() -> None:
    text = HEAD + "  - avg_pool3d: {kernel: 2}\n  - conv3d: {out: 2, kernel: 1}\n  - max_pool3d: {kernel: 2}\n"
    analysis = archcalc.analyze(archcalc.load_text(text))
    texts = [layer_text(analysis, layer, with_stride=False) for layer in analysis.layers]
    assert texts == ["avg pool 2×2²", "1×1², 2", "max pool 2×2²"]


def test_the_share_of_padding() -> None:
    assert AxisTaps(inside=9, all=12, used=3, kernel=3).padding_share == 0.25


def test_a_position_reads_its_frame_where_the_class_token_reads_all() -> None:
    """Attention within frames, with a copy of the class token in each."""
    text = HEAD + "  - class_token\n  - attention: {name: att, heads: 2, over: [H, W], class_token: copy}\n"
    analysis = archcalc.analyze(archcalc.load_text(text))
    read = analysis.reads("att", {"T": 1, "H": 0, "W": 0}).positions
    assert [list(read[axis]) for axis in ("T", "H", "W")] == [[1], [0, 1, 2, 3], [0, 1, 2, 3]]
