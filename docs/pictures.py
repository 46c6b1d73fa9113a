"""Draws the gallery: pictures of bundled networks into gallery/, and the page gallery.md that shows them."""

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
    """One drawing: the name of its file, its title, what to see in it, and what `archcalc diagram` is told."""

    name: str
    title: str
    words: str
    arguments: str

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.name}.svg"

    @property
    def command(self) -> str:
        """What draws it for a reader."""
        return f"archcalc diagram {self.arguments} -o {self.file}"

    def draw(self, folder: Path) -> None:
        """Write it as the command line would."""
        diagram.main([*shlex.split(self.arguments), "-o", str(folder / self.file)], standalone_mode=False)


@dataclass(frozen=True, slots=True)
class Section:
    """Pictures that belong together, and what is to be said of them all."""

    title: str
    words: str
    pictures: tuple[Picture, ...]


SECTIONS = (
    Section(
        "Convolutions over images and video",
        "Figures 3 to 10 of Daniel Valdez-Balderas, [Why and How Convolutions Work for Video Classification]"
        "(https://blog.fastforwardlabs.com/2022/01/31/why-and-how-convolutions-work-for-video-classification.html) "
        "(2022), drawn anew from specs of the same kernels and frames.",
        (
            Picture(
                "conv_gray",
                "One kernel over a grey image, and over four grey frames",
                "After figures 3, 4 and 5. Over an image a kernel moves along H and W, over video along T too. In "
                "four frames a kernel of two has three places, a kernel of three has two.",
                "conv_image_gray conv_video_gray_l2 conv_video_gray_l3 --kind kernels",
            ),
            Picture(
                "conv_gray_l2",
                "A kernel two frames long, unrolled",
                "After figure 4, its outputs: three maps, each with two neighbouring frames in it.",
                "conv_video_gray_l2 --kind unroll",
            ),
            Picture(
                "conv_gray_l3",
                "A kernel three frames long, unrolled",
                "After figure 5, its outputs: two maps, each with three frames in it.",
                "conv_video_gray_l3 --kind unroll",
            ),
            Picture(
                "conv_colour",
                "One kernel over a colour image, and over four colour frames",
                "After figures 6 and 7. Colours are channels: every place of a kernel reads all three, so they add no "
                "direction to move in, and the kernel over an image stays two-dimensional.",
                "conv_image_color conv_video_color --kind kernels",
            ),
            Picture(
                "conv_colour_maps",
                "The maps before and behind these kernels",
                "After figures 6 and 7. Three channels become one. Without padding H and W lose two places each, and "
                "T loses one.",
                "conv_image_color conv_video_color --kind volume",
            ),
            Picture(
                "field_in_space",
                "A receptive field that grows in space",
                "After figure 8. The one feature of layer2 reads 3x3 features of layer1, and through them 5x5 pixels.",
                "field_spatial --kind unroll --axis space",
            ),
            Picture(
                "field_in_time",
                "A receptive field that grows in time",
                "After figure 9. Three layers, each with a kernel two frames long: the last has seen all four frames.",
                "field_temporal --kind unroll",
            ),
            Picture(
                "anisotropic",
                "A kernel longer in time than in space",
                "After figure 10. Four frames by 3x3 pixels, enlarged; in the corner the clip it slides over.",
                "anisotropic_4x3x3 --kind kernels",
            ),
        ),
    ),
    Section(
        "Kernels side by side",
        "All kernels of a drawing have one scale.",
        (
            Picture(
                "kernels",
                "Kernels of R3D, MC3, R(2+1)D and S3D",
                "R3D sees time in every layer but its shortcuts, MC3 only in the first ones; R(2+1)D and S3D see "
                "space and time by turns, each with kernels of its own.",
                "r3d_18 mc3_18 r2plus1d_18 s3d --kind kernels",
            ),
        ),
    ),
    Section(
        "Receptive fields against a goal",
        "The goal is a clap of the hands: one second at 25 frames per second, in a square of 300 pixels.",
        (
            Picture(
                "fields",
                "Fields of four designs, frames against pixels",
                "The network made for the goal stops at 25 frames and grows on in space alone, to one pixel less than "
                "300. The others grow in both: they are past 25 frames long before they see 300 pixels, if they ever "
                "do.",
                "clapping_hands c3d r2plus1d_18 i3d --kind field --target 25x300x300",
            ),
            Picture(
                "fields_by_depth",
                "The same over depth",
                "How soon a field grows: C3D has 29 layers for it, I3D has 197.",
                "clapping_hands c3d r2plus1d_18 i3d --kind field --by depth --target 25x300x300",
            ),
        ),
    ),
    Section(
        "Networks as graphs",
        "Colour says what a block does to time, or with `--heat` how much of a quantity is in it.",
        (
            Picture(
                "graph_r2plus1d",
                "R(2+1)D-18",
                "Time is halved three times, and from layer4 on every feature has seen the whole clip.",
                "r2plus1d_18",
            ),
            Picture(
                "graph_slowfast",
                "SlowFast 4x16, by arithmetic",
                "Two paths at two frame rates, joined four times on the way. Most of the arithmetic is in the slow "
                "one, and most of that in its stage of most layers.",
                "slowfast_r50_4x16 --heat macs",
            ),
            Picture(
                "graph_swin",
                "Video Swin-T, by parameters",
                "Each stage has a quarter of the places of the one before and twice its channels: parameters gather "
                "at the end. Attention windows are as long as the clip, so the first of them sees all 16 frames.",
                "swin3d_t --heat params",
            ),
        ),
    ),
    Section(
        "Where time goes",
        "Boxes are feature maps, arrows say what happens to time between them.",
        (
            Picture(
                "fusion",
                "Slow, early and late fusion",
                "Slow fusion gives time up in steps, early fusion at once, late fusion keeps frames apart to the end.",
                "slow_fusion early_fusion late_fusion --kind volume",
            ),
            Picture(
                "slowfast",
                "SlowFast",
                "The slow path above has 8 frames and many channels, the fast one below 32 frames and few. It is read "
                "by the slow one four times, once across the line.",
                "slowfast --kind volume",
            ),
            Picture(
                "unrolled",
                "Slow fusion of ten frames, unrolled",
                "Which frames a feature has seen: four at first, then six, then all ten.",
                "karpathy_slow --kind unroll",
            ),
        ),
    ),
)
PICTURES = tuple(picture for section in SECTIONS for picture in section.pictures)

HEAD = """
# Gallery

Written by `make gallery` from bundled networks; changes belong in `docs/pictures.py`. The command below a picture draws
it. Any network goes in, as do names that end in `.png` or `.pdf` and `--theme dark` or `print`; every option is in
[commands](commands.md#archcalc-diagram).
"""


def gallery_page() -> str:
    """Every picture with its command, in sections."""
    parts = [HEAD.strip()]
    for section in SECTIONS:
        parts += [f"## {section.title}", section.words]
        for picture in section.pictures:
            parts += [f"### {picture.title}", picture.words, f"![{picture.title}]({FOLDER}/{picture.file})"]
            parts.append(f"```sh\n{picture.command}\n```")
    return "\n\n".join(parts) + "\n"


def write(docs: Path) -> None:
    """Draw every picture, write the page, and remove pictures that are no longer in it."""
    folder = docs / FOLDER
    folder.mkdir(exist_ok=True)
    for picture in PICTURES:
        picture.draw(folder)
    for path in sorted(set(folder.glob("*.svg")) - {folder / picture.file for picture in PICTURES}):
        path.unlink()
    (docs / PAGE).write_text(gallery_page(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
