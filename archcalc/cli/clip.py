"""archcalc clip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from archcalc.analysis.memory import DTYPE_BYTES
from archcalc.core.clip import Footage, parse_number, parse_size, stages
from archcalc.core.problem import UsageError
from archcalc.render.terminal import console, print_table
from archcalc.view.clip import clip_table

if TYPE_CHECKING:
    from collections.abc import Callable


def _parsed(parse: Callable[[str], Any]) -> Callable[[click.Context, click.Parameter, str | None], Any]:
    """A callback that reads the text of an option; the option is named in front of what is wrong with it."""

    def callback(ctx: click.Context, parameter: click.Parameter, text: str | None) -> Any:
        try:
            return None if text is None else parse(text)
        except UsageError as error:
            raise click.BadParameter(str(error), ctx, parameter) from None

    return callback


SIZE = {"metavar": "WIDTHxHEIGHT", "callback": _parsed(parse_size)}
NUMBER = {"metavar": "NUMBER", "callback": _parsed(parse_number)}


@click.command(epilog="Example: archcalc clip --size 640x480 --fps 30 --sample-fps 5 --frames 16 --resize 112x112")
@click.option("--size", required=True, help="Pixels of a frame.", **SIZE)
@click.option("--fps", help="Frames a second of the video: 30, 29.97 or 30000/1001.", **NUMBER)
@click.option("--duration", help="Seconds of the video.", **NUMBER)
@click.option("--frames", type=click.IntRange(min=1), help="Frames of the clip: the whole video, or what is sampled.")
@click.option("--sample-fps", help="Frames that are sampled from each second.", **NUMBER)
@click.option("--resize", help="Pixels that a frame is resized to.", **SIZE)
@click.option("--channels", type=click.IntRange(min=1), default=3, show_default=True, help="Values of a pixel.")
@click.option("--dtype", type=click.Choice(list(DTYPE_BYTES)), default="uint8", show_default=True,
              help="Type of a value.")  # fmt: skip
def clip(dtype: str, **known: Any) -> None:
    """Work out frames and bytes of uncompressed video, and of the clip that a network gets from it.

    Two of --fps, --duration and --frames give the third. With --sample-fps, --frames are those of the clip; with all
    three and no --sample-fps, the clip's frames are spread evenly over the video.
    """
    print_table(clip_table(stages(Footage(itemsize=DTYPE_BYTES[dtype], **known)), dtype), console())
