"""Texts in files."""

from __future__ import annotations

import os
from pathlib import Path

from archcalc.core.problem import UsageError


def write_text(path: str, text: str) -> None:
    """Write a file so that it holds the old text or the whole new one, never a part; UsageError when that fails."""
    write_bytes(path, text.encode())


def write_bytes(path: str, content: bytes) -> None:
    """The same with bytes."""
    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(content)  # a pipe or a device: to put a file in its place would take it away
        else:
            _replace(target, content)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _replace(target: Path, content: bytes) -> None:
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as written:
        try:
            written.write(content)
            written.flush()
            os.chmod(written.name, _mode(target))
            os.replace(written.name, target)
        except BaseException:
            os.unlink(written.name)
            raise


def _mode(target: Path) -> int:
    """The permissions a file has, or gets when it is new: temporary files are readable by their owner alone."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
