"""The table of the page against the command line, row by row."""

from __future__ import annotations

import json

from click.testing import CliRunner

from archcalc.cli.main import main

SERVED = ("slow_fusion", "slowfast_r50_4x16", "timesformer_b", "volume_mri", "x3d_xs")


def _by_command_line(name):
    ran = CliRunner().invoke(main, ["table", name, "--format", "json"])
    layers = json.loads(ran.stdout)["layers"]
    return [
        [layer["path"], "x".join(map(str, layer["shape"].values())), f"{layer['params']:,}" if layer["params"] else "-"]
        for layer in layers
    ]


def _shown(page):
    heads = page.raw.locator("#view thead th").all_inner_texts()
    at = [next(n for n, head in enumerate(heads) if head.startswith(word)) for word in ("layer", "size", "params")]
    rows = [[row[n] for n in at] for row in page.rows()]
    return [[path, size.split("+")[0].split("*")[-1], params.split(" ")[0]] for path, size, params in rows]


def check_rows(page, name):
    expected = _by_command_line(name)
    page.open_network(name)
    page.wait_for_rows([row[0] for row in expected])
    assert _shown(page) == expected


def test_rows_of_the_server(page):
    for name in SERVED:
        check_rows(page, name)
