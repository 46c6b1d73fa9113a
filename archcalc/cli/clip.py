"""The command `archcalc clip`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from archcalc.analysis.memory import DTYPE_BYTES
from archcalc.cli.options import emit, output_option
from archcalc.cli.results import JSON, TERMINAL, format_option, show_tables
from archcalc.core.clip import Footage, parse_number, parse_size, stages
from archcalc.core.problem import UsageError
from archcalc.render.command_json import clip_json
from archcalc.tables.clip import clip_table

Callback = Callable[[click.Context, click.Parameter, str | None], Any]


def _parsed(parse: Callable[[str], object]) -> Callback:
    """Return a callback that parses the text of an option; its error message names the option."""

    def callback(ctx: click.Context, parameter: click.Parameter, text: str | None) -> object:
        try:
            return None if text is None else parse(text)
        except UsageError as error:
            raise click.BadParameter(str(error), ctx, parameter) from None

    return callback


NUMBER, SIZE = _parsed(parse_number), _parsed(parse_size)
NUMBERS, PIXELS = "NUMBER", "WIDTHxHEIGHT"


@click.command(epilog="Example: archcalc clip --size 640x480 --fps 30 --sample-fps 5 --frames 16 --resize 112x112")
@click.option("--size", metavar=PIXELS, callback=SIZE, required=True, help="Width and height of a frame in pixels.")
@click.option(
    "--fps", metavar=NUMBERS, callback=NUMBER, help="Frames per second of the video: 30, 29.97 or 30000/1001."
)
@click.option("--duration", metavar=NUMBERS, callback=NUMBER, help="Length of the video in seconds.")
@click.option(
    "--frames", type=click.IntRange(min=1), help="Number of frames of the video or, with --sample-fps, of the clip."
)
@click.option("--sample-fps", metavar=NUMBERS, callback=NUMBER, help="Frames per second that are sampled for the clip.")
@click.option("--resize", metavar=PIXELS, callback=SIZE, help="Width and height that frames are resized to.")
@click.option("--channels", type=click.IntRange(min=1), default=3, show_default=True, help="Values per pixel.")
@click.option("--dtype", type=click.Choice(list(DTYPE_BYTES)), default="uint8", show_default=True,
              help="Data type of a value.")  # fmt: skip
@format_option(TERMINAL, JSON)
@output_option
def clip(dtype: str, output_format: str, output: str | None, **known: Any) -> None:
    """Calculate the frames and bytes of uncompressed video, and of the clip that a network receives.

    Two of --fps, --duration and --frames determine the third. With --sample-fps, --frames is the number of frames of
    the clip. With all three and without --sample-fps, the frames of the clip are sampled evenly from the video.
    """
    found = stages(Footage(itemsize=DTYPE_BYTES[dtype], **known))
    if output_format == JSON:
        emit(clip_json(found, dtype), output)
    else:
        show_tables([clip_table(found, dtype)], output_format, output)
