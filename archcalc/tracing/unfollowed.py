"""What changes the memory of a module and is not followed by a recording, so that it is said instead."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import torch
from torch.nn import functional
from torch.utils import checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


DROPOUTS = frozenset(
    getattr(functional, name)
    for name in ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")
)


class Unfollowed:
    """The calls of `torch.utils.checkpoint` in a run, and the type to which autocast would have cast on a CPU.

    `dropouts` counts the calls of dropout that do nothing in evaluation mode, and would in training.
    """

    def __init__(self) -> None:
        self.checkpoints = self.dropouts = 0
        self.autocast = ""

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Count checkpoints while a module runs."""
        apply, generate = checkpoint.CheckpointFunction.apply, checkpoint._checkpoint_without_reentrant_generator
        with (
            patch.object(checkpoint.CheckpointFunction, "apply", self._counted(apply)),
            patch.object(checkpoint, "_checkpoint_without_reentrant_generator", self._counted(generate)),
        ):
            yield

    def _counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.checkpoints += 1
            return function(*args, **kwargs)

        return counted

    def look(self, func: Callable[..., Any], kwargs: Mapping[str, Any]) -> None:
        """Note whether autocast is on, and whether a function is dropout in evaluation mode."""
        if func in DROPOUTS and kwargs.get("p") and not kwargs.get("training"):
            self.dropouts += 1
        if not self.autocast and torch.is_autocast_enabled("cpu"):
            self.autocast = str(torch.get_autocast_dtype("cpu")).removeprefix("torch.")


def remarks(autocast: str, checkpoints: int, dropouts: int) -> list[str]:
    """Return a sentence about each."""
    found = []
    if autocast:
        found.append(
            f"memory: recorded without autocast to {autocast}: bytes of tensors and their peak are those of the types"
            " that the module has without it"
        )
    if checkpoints:
        several = "1 call" if checkpoints == 1 else f"{checkpoints} calls"
        found.append(
            f"saved: what layers save without checkpoints; {several} of torch.utils.checkpoint save less, and run"
            " their layers again for backward"
        )
    if dropouts:
        several = "1 call of dropout saves" if dropouts == 1 else f"{dropouts} calls of dropout save"
        found.append(
            f"saved: what layers save in evaluation mode, in which {several} nothing; --train counts the masks"
        )
    return found
