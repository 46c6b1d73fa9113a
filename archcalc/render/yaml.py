"""Plain data as YAML."""

from __future__ import annotations

from typing import Any

import yaml


def expanded_yaml(spec: dict[str, Any]) -> str:
    """An expanded spec, one line a layer."""
    head = {key: value for key, value in spec.items() if key != "layers"}
    text = yaml.dump(
        head, Dumper=yaml.SafeDumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=10_000
    )
    lines = [_line(layer) for layer in spec["layers"]]
    return text + "layers:\n" + "".join(f"  - {line}\n" for line in lines)


def _line(layer: dict[str, Any]) -> str:
    return yaml.dump(
        layer, Dumper=yaml.SafeDumper, sort_keys=False, allow_unicode=True, default_flow_style=True, width=10_000
    ).strip()
