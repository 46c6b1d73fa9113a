"""Compares the fields of published networks with brute force on the real modules, in every element.

`python -m tests.survey.planes` writes a line of JSON for each network; a run that is started again continues.
"""

from __future__ import annotations

import argparse
import importlib
import json
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from archcalc.measure.planes import compare, filled
from archcalc.tracing.loading import find
from tests.survey.__main__ import TooLong, limit

Network = tuple[str, Callable[[], nn.Module], tuple[tuple[int, ...], ...], str]
"""The name of a network, how it is made, the sizes of its inputs, and their letters."""

FOUND = """## Fields and brute force

For every module output and axis, the first and last position that each element reads, compared with planes of NaN
through the real module. {} networks: {:,} pairs of a tensor and an axis are equal in every element, {:,} are wider
somewhere, {:,} narrower.

"""
IMAGES = {
    "alexnet": 80, "convnext_tiny": 64, "densenet121": 48, "efficientnet_b0": 48, "efficientnet_v2_s": 48,
    "mnasnet0_5": 48, "mobilenet_v2": 48, "mobilenet_v3_large": 48, "mobilenet_v3_small": 48, "regnet_x_400mf": 48,
    "regnet_y_400mf": 48, "resnet18": 64, "resnet34": 48, "resnet50": 48, "resnext50_32x4d": 48,
    "shufflenet_v2_x0_5": 64, "shufflenet_v2_x1_0": 64, "squeezenet1_0": 64, "squeezenet1_1": 64, "vgg11": 48,
    "vgg13_bn": 48, "wide_resnet50_2": 48, "lraspp_mobilenet_v3_large": 48, "deeplabv3_mobilenet_v3_large": 48,
}  # fmt: skip
CLIPS = {"r3d_18": (6, 32), "mc3_18": (6, 32), "r2plus1d_18": (6, 32), "s3d": (16, 32)}
HUB = {
    "c2d_r50": (4, 32), "i3d_r50": (4, 32), "slow_r50": (4, 32), "r2plus1d_r50": (8, 32), "csn_r101": (8, 32),
    "x3d_xs": (4, 32), "x3d_s": (4, 32), "x3d_m": (4, 32),
}  # fmt: skip


def cut(build: Callable[[], nn.Module]) -> nn.Module:
    """A network whose average pools take one position, so that it takes small clips."""
    network = build()
    for each in network.modules():
        if isinstance(each, nn.AvgPool3d):
            each.kernel_size = each.stride = 1
    return network


def small_windows(**more: Any) -> dict[str, Any]:
    """The arguments of a small network of shifted windows."""
    return {"embed_dim": 24, "depths": [2, 2], "num_heads": [2, 2], **more}


def networks() -> Iterator[Network]:
    """Yield networks small enough for brute force."""
    find("torchvision.models:resnet18")
    hub: Any = importlib.import_module("pytorchvideo.models.hub")
    models: Any = importlib.import_module("torchvision.models")
    video = models.video
    for name, (frames, size) in CLIPS.items():
        yield name, partial(cut, partial(getattr(video, name), weights=None)), ((1, 3, frames, size, size),), "NCTHW"
    for name, (frames, size) in HUB.items():
        build = partial(cut, partial(getattr(hub, name), pretrained=False))
        yield name, build, ((1, 3, frames, size, size),), "NCTHW"
    for blocks in ([1, 1, 1, 1], [2, 1, 1, 1]):
        for name, kind in (("r3d", video.resnet.BasicStem), ("r2plus1d", video.resnet.R2Plus1dStem)):
            for maker in (video.resnet.Conv3DSimple, video.resnet.Conv2Plus1D, video.resnet.Conv3DNoTemporal):
                build = partial(video.resnet.VideoResNet, video.resnet.BasicBlock, [maker] * 4, blocks, kind)
                yield f"{name} {maker.__name__} {sum(blocks)}", build, ((1, 3, 6, 24, 24),), "NCTHW"
    yield "swin3d small", partial(video.SwinTransformer3d, patch_size=[2, 4, 4], window_size=[2, 4, 4],
                                  **small_windows()), ((1, 3, 4, 32, 32),), "NCTHW"  # fmt: skip
    yield "swin small", partial(models.SwinTransformer, patch_size=[4, 4], window_size=[4, 4],
                                **small_windows()), ((1, 3, 32, 32),), "NCHW"  # fmt: skip
    yield "vit small", partial(models.VisionTransformer, 48, 8, 2, 2, 16, 32), ((1, 3, 48, 48),), "NCHW"
    for name, size in IMAGES.items():
        options = {"weights": None} | ({"weights_backbone": None} if "_mobilenet" in name else {})
        yield name, partial(models.get_model, name, **options), ((1, 3, size, size),), "NCHW"


def table(lines: list[dict[str, Any]]) -> str:
    """Return the section of the report."""
    rows = ["| network | input | equal | wider | narrower | |", "|---|---|---:|---:|---:|---|"]
    for each in lines:
        sizes = ", ".join("x".join(map(str, size)) for size in each["sizes"])
        counts = [each.get(key, "") for key in ("equal", "wider", "narrower")]
        rows.append(f"| {' | '.join(map(str, [each['network'], sizes, *counts, each.get('error', '')]))} |")
    good = [each for each in lines if "error" not in each]
    equal, wider, narrower = (sum(each[key] for each in good) for key in ("equal", "wider", "narrower"))
    return FOUND.format(len(good), equal, wider, narrower) + "\n".join(rows) + "\n"


def main() -> None:
    """Compare every network and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=Path, default=Path("build/planes.jsonl"))
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--report", type=Path, help="write the section here")
    parser.add_argument("names", nargs="*")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    asked.lines.parent.mkdir(parents=True, exist_ok=True)
    done = (
        {json.loads(line)["network"] for line in asked.lines.read_text().splitlines()}
        if asked.lines.exists()
        else set()
    )
    with asked.lines.open("a") as lines:
        for name, build, sizes, letters in networks():
            if name not in done and (not asked.names or name in asked.names):
                lines.write(json.dumps(_looked_at(name, build, sizes, letters, asked.seconds)) + "\n")
                lines.flush()
    text = table([json.loads(line) for line in asked.lines.read_text().splitlines()])
    print(text)
    if asked.report:
        asked.report.write_text(text)


def _looked_at(name: str, build: Callable[[], nn.Module], sizes: Any, letters: str, seconds: int) -> dict[str, Any]:
    begin = time.process_time()
    found: dict[str, Any] = {"network": name, "sizes": sizes}
    try:
        with limit(seconds), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.manual_seed(0)
            result = compare(filled(build(), 0), tuple(map(torch.rand, sizes)), {"x": letters})
    except (TooLong, Exception) as error:  # a network that does not run so is a result too
        return found | {"error": f"{type(error).__name__}: {error}"[:200]}
    counts = {"equal": result.equal, "wider": result.wider, "narrower": result.narrower, "flagged": result.flagged}
    return (
        found
        | counts
        | {"faults": [str(each) for each in result.faults[:5]], "seconds": round(time.process_time() - begin, 1)}
    )


if __name__ == "__main__":
    main()
