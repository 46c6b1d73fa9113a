"""Design checks that a spec says not to report, with the reason."""

from __future__ import annotations

from typing import NamedTuple


class IgnoredRule(NamedTuple):
    """A rule, by code or name, that is not reported; `layer` and `axis` limit that, and are empty where they do not.

    `layer` is the path of a layer, of something that contains layers, or the name of a network input.
    """

    rule: str
    layer: str
    axis: str
    reason: str

    def covers(self, code: str, name: str, path: str, axis: str | None) -> bool:
        """Return whether an observation of a rule is one that is not reported."""
        if self.rule not in (code, name) or (self.axis and self.axis != axis):
            return False
        return not self.layer or path == self.layer or path.startswith(self.layer + ".")
