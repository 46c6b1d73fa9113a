"""The text of a spec as plain data with positions: YAML 1.2, with its surprises refused in our own words."""

from archcalc.spec.text.document import data_text, parse
from archcalc.spec.text.file import (
    check_format,
    decode,
    read_foreign,
    read_standard_input,
    read_start,
    read_text,
    yaml_files,
)
from archcalc.spec.text.nodes import Mapping, Node, Scalar, Sequence, describe, plain
from archcalc.spec.text.source import MAX_BYTES

__all__ = [
    "MAX_BYTES",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "check_format",
    "data_text",
    "decode",
    "describe",
    "parse",
    "plain",
    "read_foreign",
    "read_standard_input",
    "read_start",
    "read_text",
    "yaml_files",
]
