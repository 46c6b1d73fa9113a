"""The line of the user's code that PyTorch was called from."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from types import FrameType, TracebackType

Place = tuple[str, int]
"""A file and a line, counted from 1; an empty name where there is none."""

NOWHERE: Place = ("", 0)
_OURS = (os.path.dirname(torch.__file__) + os.sep, os.path.dirname(__file__) + os.sep)
_PYTHONS = os.path.dirname(os.__file__) + os.sep
_PACKAGES = ("site-packages", "dist-packages")
_users: dict[str, bool] = {}


def is_users(file: str) -> bool:
    """Return whether a file is neither Python's or PyTorch's nor part of the recorder."""
    known = _users.get(file)
    if known is None:
        known = _users[file] = not file.startswith((*_OURS, "<")) and not _is_pythons(file)
    return known


def _is_pythons(file: str) -> bool:
    """Whether a file is of Python's own library, packages that are installed there left out."""
    return file.startswith(_PYTHONS) and not file.removeprefix(_PYTHONS).startswith(_PACKAGES)


def calling_line() -> Place:
    """Return the innermost line on the stack that is the user's, up to where the module was called."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not _calls_module(frame):
        if is_users(frame.f_code.co_filename):
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return NOWHERE


def _calls_module(frame: FrameType) -> bool:
    """Whether a frame is that of the recorder, which runs the module."""
    code = frame.f_code
    return code.co_name == "record" and code.co_filename.startswith(_OURS[1])


def failing_line(traceback: TracebackType | None) -> Place:
    """Return the innermost line of a traceback that is the user's."""
    found = NOWHERE
    while traceback is not None:
        if is_users(traceback.tb_frame.f_code.co_filename):
            found = traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next
    return found
