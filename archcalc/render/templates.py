"""Renders text from the templates in this folder."""

from __future__ import annotations

from typing import Any


def render_template(name: str, values: dict[str, Any], *, package: str = "archcalc.render", **settings: Any) -> str:
    """A template of a package with its values in; `settings` are those of a jinja2 environment."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader(package, ".")
    environment = Environment(loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
                              keep_trailing_newline=True, **settings)  # fmt: skip
    return environment.get_template(name).render(values)
