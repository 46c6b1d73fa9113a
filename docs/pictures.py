"""Draw the gallery: pictures of bundled networks in gallery/, and the page gallery.md that shows them."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from archcalc.cli.diagram import diagram

PAGE = "gallery.md"
FOLDER = "gallery"


@dataclass(frozen=True, slots=True)
class Picture:
    """One drawing: its file name without ending, title, description, and the arguments of `archcalc diagram`."""

    name: str
    title: str
    words: str
    arguments: str

    @property
    def file(self) -> str:
        """Return the file name."""
        return f"{self.name}.svg"

    @property
    def command(self) -> str:
        """Return the command with which a reader draws it."""
        return f"archcalc diagram {self.arguments} -o {self.file}"

    def draw(self, folder: Path) -> None:
        """Draw the picture into a folder, as the command line does."""
        diagram.main([*shlex.split(self.arguments), "-o", str(folder / self.file)], standalone_mode=False)


@dataclass(frozen=True, slots=True)
class Section:
    """Pictures of one subject, with an introduction."""

    title: str
    words: str
    pictures: tuple[Picture, ...]


SECTIONS = (
    Section(
        "Convolutions over images and video",
        "Figures 3 to 10 of Daniel Valdez-Balderas, [Why and How Convolutions Work for Video Classification]"
        "(https://blog.fastforwardlabs.com/2022/01/31/why-and-how-convolutions-work-for-video-classification.html) "
        "(2022), redrawn from specs with the same kernels and frames.",
        (
            Picture(
                "conv_gray",
                "One kernel over a gray image, and over four gray frames",
                "After figures 3, 4 and 5. Over an image, a kernel slides along H and W; over a video, it slides along "
                "T too. On four frames, a kernel of 2 frames has three positions, a kernel of 3 frames has two.",
                "conv_image_gray conv_video_gray_l2 conv_video_gray_l3 --kind kernels",
            ),
            Picture(
                "conv_gray_l2",
                "A kernel two frames long, unrolled",
                "The outputs of figure 4: three feature maps, each computed from two neighboring frames.",
                "conv_video_gray_l2 --kind unroll",
            ),
            Picture(
                "conv_gray_l3",
                "A kernel three frames long, unrolled",
                "The outputs of figure 5: two feature maps, each computed from three frames.",
                "conv_video_gray_l3 --kind unroll",
            ),
            Picture(
                "conv_color",
                "One kernel over a color image, and over four color frames",
                "After figures 6 and 7. Colors are channels. A kernel reads all three of them at every position, so it "
                "does not slide along them, and the convolution over an image is still two-dimensional.",
                "conv_image_color conv_video_color --kind kernels",
            ),
            Picture(
                "conv_color_maps",
                "Inputs and outputs of these kernels",
                "After figures 6 and 7. Three channels become one. Without padding, H and W become smaller by two "
                "positions, and T by one.",
                "conv_image_color conv_video_color --kind volume",
            ),
            Picture(
                "field_in_space",
                "Growth of a receptive field in space",
                "After figure 8. The feature of layer2 reads 3x3 features of layer1 and depends on 5x5 pixels.",
                "field_spatial --kind unroll --axis space",
            ),
            Picture(
                "field_in_time",
                "Growth of a receptive field in time",
                "After figure 9. Three layers, each with a kernel of 2 frames: the last depends on all four frames.",
                "field_temporal --kind unroll",
            ),
            Picture(
                "anisotropic",
                "A kernel longer in time than in space",
                "After figure 10. A kernel of 4 frames and 3x3 pixels, enlarged. The corner shows the clip that it "
                "slides over.",
                "anisotropic_4x3x3 --kind kernels",
            ),
        ),
    ),
    Section(
        "Kernels side by side",
        "All kernels in a drawing have the same scale.",
        (
            Picture(
                "kernels",
                "Kernels of R3D, MC3, R(2+1)D and S3D",
                "R3D has 3-D kernels in every layer except the shortcuts, MC3 only in the first layers. R(2+1)D and "
                "S3D alternate between spatial and temporal kernels.",
                "r3d_18 mc3_18 r2plus1d_18 s3d --kind kernels",
            ),
        ),
    ),
    Section(
        "Receptive fields compared with a goal",
        "The goal is to see a clap of the hands: one second at 25 frames per second, in a square of 300 pixels.",
        (
            Picture(
                "fields",
                "Receptive fields of four designs, frames against pixels",
                "The field of the network designed for this goal stops at 25 frames and then grows in space only, to "
                "299 pixels. The fields of the others grow in both: they exceed 25 frames long before they reach 300 "
                "pixels, if they reach them.",
                "clapping_hands c3d r2plus1d_18 i3d --kind field --target 25x300x300",
            ),
            Picture(
                "fields_by_depth",
                "The same fields over depth",
                "How fast the fields grow: C3D has 29 layers, I3D has 197.",
                "clapping_hands c3d r2plus1d_18 i3d --kind field --by depth --target 25x300x300",
            ),
        ),
    ),
    Section(
        "Networks as graphs",
        "Colors show what a block does along the time axis or, with `--heat`, how large a quantity is in it.",
        (
            Picture(
                "graph_r2plus1d",
                "R(2+1)D-18",
                "The number of frames is halved three times. From layer4 on, every feature depends on the whole clip.",
                "r2plus1d_18",
            ),
            Picture(
                "graph_p3d",
                "P3D on a slide, by kind of layer",
                "The three blocks of P3D alternate: spatial and temporal kernels in series, in parallel (`∥`), and in "
                "series with the spatial output added once more. Arcs are residual additions. With `--fit` the graph "
                "is cut into columns.",
                "p3d --color kind --fit 16:9",
            ),
            Picture(
                "graph_slowfast",
                "SlowFast 4x16, by arithmetic",
                "Two pathways at two frame rates with four lateral connections. Most of the arithmetic is in the slow "
                "pathway, and most of that in its stage with the most layers.",
                "slowfast_r50_4x16 --heat macs",
            ),
            Picture(
                "graph_swin",
                "Video Swin-T, by parameters",
                "Each stage has a quarter of the positions of the previous stage and twice its channels, so most "
                "parameters are at the end. The attention windows are as long as the clip, so the first of them reads "
                "all 16 frames.",
                "swin3d_t --heat params",
            ),
        ),
    ),
    Section(
        "The time axis",
        "Boxes are feature maps; arrows show what happens to the time axis between them.",
        (
            Picture(
                "fusion",
                "Slow, early and late fusion",
                "Slow fusion reduces the time axis in steps, early fusion in the first layer, late fusion in the last.",
                "slow_fusion early_fusion late_fusion --kind volume",
            ),
            Picture(
                "slowfast",
                "SlowFast",
                "The slow pathway (top) has 8 frames and many channels, the fast pathway (bottom) has 32 frames and "
                "few channels. The slow pathway reads the fast one four times, once across the line break.",
                "slowfast --kind volume",
            ),
            Picture(
                "unrolled",
                "Slow fusion of ten frames, unrolled",
                "The frames that a feature depends on: four in the first layer, then six, then all ten.",
                "karpathy_slow --kind unroll",
            ),
            Picture(
                "dilated",
                "Dilated causal kernels in a window of frames",
                "Each kernel of two reads a frame and an earlier one: 1, 2, 4, then 8 frames before. After four of "
                "them a feature depends on 16 frames. What a layer hands to the sum of all layers is a row of its own.",
                "wavenet --set levels=4 --set stacks=1 --kind unroll --depth 2 --frames 1000:1016",
            ),
            Picture(
                "unet",
                "A U-Net for volumes",
                "On the way down feature maps shrink; on the way up each is joined with the one of its row, which "
                "is cropped to its size.",
                "unet3d --kind volume",
            ),
            Picture(
                "nnunet",
                "nnU-Net, by kind of layer",
                "A U of six sizes. Edges are roots of sizes, so that the smallest feature maps can still be seen.",
                "nnunet --kind volume --color kind --fit 4:3",
            ),
        ),
    ),
)
PICTURES = tuple(picture for section in SECTIONS for picture in section.pictures)

HEAD = """
# Gallery

This page is written by `make gallery`; edit `docs/pictures.py` to change it. The command below each picture draws it.
It accepts any network, file names that end in `.png` or `.pdf`, and `--theme dark` or `print`;
[commands](commands.md#archcalc-diagram) describes all options, and the [glossary](glossary.md) explains the terms and
colors.
"""


def gallery_page() -> str:
    """Return the page: every picture with its command, in sections."""
    parts = [HEAD.strip()]
    for section in SECTIONS:
        parts += [f"## {section.title}", section.words]
        for picture in section.pictures:
            parts += [f"### {picture.title}", picture.words, f"![{picture.title}]({FOLDER}/{picture.file})"]
            parts.append(f"```sh\n{picture.command}\n```")
    return "\n\n".join(parts) + "\n"


def write(docs: Path) -> None:
    """Draw every picture, write the page, and delete pictures that are not on it."""
    folder = docs / FOLDER
    folder.mkdir(exist_ok=True)
    for picture in PICTURES:
        picture.draw(folder)
    for path in sorted(set(folder.glob("*.svg")) - {folder / picture.file for picture in PICTURES}):
        path.unlink()
    (docs / PAGE).write_text(gallery_page(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
