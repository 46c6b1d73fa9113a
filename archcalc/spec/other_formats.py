"""Recognizes files of other tools where a spec is expected, and says what to do with them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath

DARKNET, KERAS = "darknet", "keras"


@dataclass(frozen=True, slots=True)
class Format:
    """A format of another tool: its key if archcalc reads it, what a file of it is, and what to do."""

    key: str
    name: str
    advice: str


_WRITES = "`archcalc import {file} -o {stem}.yaml` writes it as a spec"
_MODULE = "import the PyTorch module instead: archcalc import FILE.py:CALLABLE --input clip=3x16x112x112"
_TO_JSON = "write its layers with model.to_json(), and import that file"
HDF5 = "a file of HDF5, as Keras writes with weights"
_LATER = f"this format is not read yet; {_MODULE}"

_READ = (
    (DARKNET, "a darknet configuration", (re.compile(rb"\A(?:[ \t\r]*(?:[#;][^\n]*)?\n)*[ \t]*\[(?:net|network)\]"),)),
    (KERAS, "a network of Keras or TensorFlow.js in JSON", (
        re.compile(rb"\A\s*\{"), re.compile(rb'"(?:class_name|modelTopology)"\s*:'),
        re.compile(rb'"(?:config|modelTopology)"\s*:'))),
)  # fmt: skip
_TEXTS = (
    ("a network of Caffe (prototxt)", (re.compile(rb"^[ \t]*layers?[ \t]*\{", re.MULTILINE),), _LATER),
    ("a configuration of SlowFast", (
        re.compile(rb"^(?:TRAIN|TEST|DATA):", re.MULTILINE), re.compile(rb"^MODEL:", re.MULTILINE),
        re.compile(rb"^[ \t]+(?:ARCH|MODEL_NAME):", re.MULTILINE)),
        f"it holds options of a program, not layers; {_MODULE}"),
    ("a configuration of mmaction or another OpenMMLab tool", (
        re.compile(rb"^(?:_base_[ \t]*=|model[ \t]*=[ \t]*dict\()", re.MULTILINE),),
        f"it holds options of a program, not layers; {_MODULE}"),
)  # fmt: skip
"""Formats of text with the patterns that a file of each holds, all of them; each reads a line once, however long."""
_BINARY = (
    ("an exported program of PyTorch (.pt2)", (".pt2",), b"PK\x03\x04", _LATER),
    ("weights of PyTorch", (".pt", ".pth", ".ckpt"), b"PK\x03\x04", _MODULE),
    ("an ONNX network", (".onnx",), b"", _LATER),
    ("a file of TensorFlow Lite", (".tflite",), b"", _LATER),
    ("an archive of Keras", (".keras",), b"PK\x03\x04", _TO_JSON),
    (HDF5, (".h5", ".hdf5"), b"\x89HDF", _TO_JSON),
)  # fmt: skip
_ONNX = re.compile(rb"\A\x08[\x01-\x20](?:\x12|\x1a|:)")


def recognized(name: str, start: bytes) -> Format | None:
    """Return the format of a file of another tool, by its first bytes and its name; None for any other file."""
    suffix = PurePath(name).suffix.lower()
    for key, what, patterns in _READ:
        if _holds(start, patterns):
            return Format(key, what, _writes(name))
    for what, suffixes, magic, advice in _BINARY:
        if suffix in suffixes and start.startswith(magic) and b"\0" in start:
            return Format("", what, advice)
    if start.startswith(b"\x89HDF"):
        return Format("", HDF5, _TO_JSON)
    if _ONNX.match(start) and (b"onnx" in start.lower() or b"pytorch" in start.lower()):
        return Format("", "an ONNX network", _LATER)
    return next((Format("", what, advice) for what, patterns, advice in _TEXTS if _holds(start, patterns)), None)


def _holds(start: bytes, patterns: tuple[re.Pattern[bytes], ...]) -> bool:
    return all(pattern.search(start) for pattern in patterns)


def _writes(name: str) -> str:
    path = PurePath(name)
    return _WRITES.format(file=name, stem=path.stem)
