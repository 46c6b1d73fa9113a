"""What the words of the spec language mean: names, paths, sources, structures, blocks, formulas."""

from __future__ import annotations

from pathlib import Path

import pytest

import archcalc
from tests.conftest import Load, paths, problems


def shapes(spec: archcalc.Spec) -> dict[str, str]:
    return {path: str(node.shape) for path, node in spec.graph.nodes.items()}


def test_unnamed_layers_are_counted_by_operator(layers: Load) -> None:
    spec = layers("""
        - relu
        - conv3d: {out: 4, kernel: 1}
        - relu
        - conv3d: {out: 4, kernel: 1, name: last}
        - relu
    """)
    assert paths(spec) == ["relu", "conv3d", "relu_2", "last", "relu_3"]


def test_named_structures_blocks_and_iterations_make_segments(layers: Load) -> None:
    spec = layers(
        """
        - repeat:
            name: stage
            times: 2
            index: i
            layers:
              - unit: {out: $(4 * (i + 1))}
              - unit: {name: second, out: 8}
        - group: {name: head, layers: [relu, {group: {layers: [relu]}}]}
        """,
        """
        blocks:
          unit:
            parameters: {out: required}
            layers:
              - conv3d: {name: conv, out: $out, kernel: 1}
        """,
    )
    assert paths(spec) == [
        "stage.0.conv",
        "stage.0.second.conv",
        "stage.1.conv",
        "stage.1.second.conv",
        "head.relu",
        "head.relu_2",
    ]
    assert shapes(spec)["stage.1.conv"] == "8x8x16x16"


def test_unnamed_repeats_add_no_segment_and_keep_their_names_visible(layers: Load) -> None:
    spec = layers("""
        - repeat:
            times: 2
            index: i
            layers:
              - relu: {name: act$i}
        - add: {from: [act0, act1]}
    """)
    assert paths(spec) == ["act0", "act1", "add"]


def test_equal_paths_ask_for_a_name(layers: Load) -> None:
    with pytest.raises(archcalc.SpecError) as error:
        layers("""
            - repeat: {times: 2, layers: [{relu: {name: act}}]}
        """)
    assert any("used twice" in each for each in problems(error))


CLASHING = """\
archcalc: 1
name: steps
inputs: {pose: {C: 34, T: 243}}
blocks:
  step: {parameters: {d: required}, layers: [{conv1d: {name: a, out: 34, kernel: 3, dilation: $d}}]}
layers:
"""


@pytest.mark.parametrize(
    ("layers", "hint", "followed"),
    [
        (
            "- repeat: {each: {d: [1, 3, 9]}, layers: [{step: {d: $d}}]}",
            "name the repeat around the call of 'step'",
            "- repeat: {name: steps, each: {d: [1, 3, 9]}, layers: [{step: {d: $d}}]}",
        ),
        (
            "- branches: {merge: concat, paths: [[{step: {d: 1}}], [{step: {d: 1}}]]}",
            "name one of the two calls, such as step: {name: ...}",
            "- branches: {merge: concat, paths: [[{step: {d: 1}}], [{step: {name: b, d: 1}}]]}",
        ),
        (
            "- step: {d: 1}\n- step: {d: 2}",
            "name one of the two calls, such as step: {name: ...}",
            "- step: {d: 1}\n- step: {name: b, d: 2}",
        ),
        (
            "- repeat: {times: 2, layers: [{relu: {name: act}}]}",
            "name the repeat",
            "- repeat: {name: acts, times: 2, layers: [{relu: {name: act}}]}",
        ),
    ],
)
def test_the_hint_about_a_path_taken_twice_leads_to_what_works(
    load: Load, layers: str, hint: str, followed: str
) -> None:
    with pytest.raises(archcalc.SpecError) as caught:
        load(CLASHING + layers + "\n")
    (problem,) = caught.value.problems
    assert problem.hint.startswith(hint)
    assert load(CLASHING + followed + "\n").graph.nodes


def test_pytorch_names_of_arguments_mean_the_same(layers: Load) -> None:
    own = layers("- conv3d: {out: 8, kernel: 3}\n- max_pool3d: {kernel: 2}\n- linear: {out: 5}")
    theirs = layers("""
        - conv3d: {in_channels: 3, out_channels: 8, kernel_size: 3}
        - max_pool3d: {kernel_size: 2}
        - linear: {in_features: 8, out_features: 5}
    """)
    counts = [[(layer.shape, layer.params, layer.macs) for layer in archcalc.analyze(each).layers]
              for each in (own, theirs)]  # fmt: skip
    assert counts[0] == counts[1]


def test_residual_with_and_without_shortcut(layers: Load) -> None:
    spec = layers("""
        - residual: {body: [{conv3d: {out: 3, kernel: 1}}]}
        - residual:
            name: down
            body: [{conv3d: {out: 6, kernel: 1, stride: 2}}]
            shortcut: [{conv3d: {name: project, out: 6, kernel: 1, stride: 2}}]
    """)
    assert paths(spec) == ["conv3d", "add", "down.conv3d", "down.project", "down.add"]
    assert spec.graph.nodes["add"].inputs == ("conv3d", "clip")
    assert str(spec.graph.nodes["down.add"].shape) == "6x4x8x8"


def test_branches_by_list_and_by_name(layers: Load) -> None:
    spec = layers("""
        - branches:
            merge: concat
            paths: [[{conv3d: {out: 4, kernel: 1}}], [], [{max_pool3d: {kernel: 3, stride: 1, padding: 1}}]]
        - branches:
            name: mixed
            merge: add
            paths: {left: [relu], right: [sigmoid]}
    """)
    assert shapes(spec)["concat"] == "10x8x16x16"
    assert paths(spec)[3:] == ["mixed.left.relu", "mixed.right.sigmoid", "mixed.add"]


def test_each_binds_a_column_value_per_turn(layers: Load) -> None:
    spec = layers(
        """
        - repeat:
            each: {out: $widths, stride: [1, 2, 1]}
            layers:
              - conv3d: {out: $out, kernel: 1, stride: $stride}
        """,
        "parameters: {widths: [4, 8, 16]}",
    )
    assert list(shapes(spec).values()) == ["4x8x16x16", "8x4x8x8", "16x4x8x8"]


def test_when_leaves_out_as_the_identity_its_name_included(layers: Load) -> None:
    spec = layers("""
        - conv3d: {name: first, out: 4, kernel: 1}
        - conv3d: {name: second, when: false, out: 8, kernel: 1}
        - add: {from: [first, second]}
    """)
    assert paths(spec) == ["first", "add"]
    assert spec.graph.nodes["add"].inputs == ("first", "first")


def test_what_is_left_out_with_several_inputs_is_refused_until_one_is_named(layers: Load) -> None:
    two = "- relu: {name: a}\n- sigmoid: {name: b, from: clip}\n"
    for left_out in ("- add: {from: [a, b], when: false}", "- concat: {from: [a, b, a], when: false}"):
        with pytest.raises(archcalc.SpecError, match="left out by 'when' that reads") as caught:
            layers(two + left_out)
        assert "group: {from: a, when: ..., layers: [...]} around it passes on 'a'" in str(caught.value)
    spec = layers(
        two + "- group: {name: sum, from: b, when: false, layers: [{add: {from: [a, b]}}]}\n- tanh: {from: sum}"
    )
    assert spec.graph.nodes["tanh"].inputs == ("b",)
    same = layers(two + "- add: {name: twice, from: [a, a], when: false}\n- tanh: {from: twice}")
    assert same.graph.nodes["tanh"].inputs == ("a",)


def test_a_block_with_one_output_named_like_an_input_passes_that_input_on(layers: Load) -> None:
    blocks = """
        blocks:
          join:
            inputs: [slow, fast]
            layers: [{add: {name: joined, from: [slow, fast]}}]
            outputs: {fast: joined}
    """
    two = "- relu: {name: a}\n- sigmoid: {name: b, from: clip}\n"
    spec = layers(two + "- join: {name: j, from: [a, b], when: false}\n- tanh: {from: j}", blocks)
    assert spec.graph.nodes["tanh"].inputs == ("b",)


def test_a_block_with_several_outputs_passes_its_inputs_on_when_left_out(layers: Load) -> None:
    spec = layers(
        """
        - conv3d: {name: a, out: 4, kernel: 1}
        - conv3d: {name: b, from: clip, out: 2, kernel: 1}
        - fuse: {name: one, from: [a, b]}
        - fuse: {name: two, from: [one.slow, one.fast], when: false}
        - concat: {from: [two.slow, two.fast]}
        """,
        """
        blocks:
          fuse:
            inputs: [slow, fast]
            outputs: {slow: joined, fast: fast}
            layers:
              - concat: {name: joined, from: [slow, fast]}
        """,
    )
    assert spec.graph.nodes["concat"].inputs == ("one.joined", "b")
    assert str(spec.graph.nodes["concat"].shape) == "8x8x16x16"


def test_blocks_see_their_own_arguments_only(layers: Load) -> None:
    with pytest.raises(archcalc.SpecError) as error:
        layers(
            "- unit",
            """
            parameters: {width: 4}
            blocks:
              unit:
                layers:
                  - conv3d: {out: $width, kernel: 1}
            """,
        )
    assert "width" in problems(error)[0]
    assert error.value.problems[0].related[0][1] == "in block 'unit', called here"


def test_defaults_let_input_and_here(layers: Load) -> None:
    spec = layers(
        """
        - conv3d: {out: 8, kernel: 1}
        - unit: {factor: 3}
        """,
        """
        blocks:
          unit:
            parameters: {factor: 2, out: $(factor * input.C)}
            let: {half: $(out // 2)}
            layers:
              - conv3d: {out: $half, kernel: 1}
              - conv3d: {out: $(here.C + input.C), kernel: 1}
        """,
    )
    assert [str(node.shape) for node in spec.graph.nodes.values()] == ["8x8x16x16", "12x8x16x16", "20x8x16x16"]


def test_a_block_name_may_be_a_formula(layers: Load) -> None:
    spec = layers(
        "- $which: {}",
        """
        parameters: {which: small}
        blocks:
          small: {layers: [{conv3d: {out: 1, kernel: 1}}]}
          large: {layers: [{conv3d: {out: 9, kernel: 1}}]}
        """,
        which="large",
    )
    assert shapes(spec)["conv3d"] == "9x8x16x16"


def test_shared_layers_own_no_parameters(layers: Load) -> None:
    spec = layers("""
        - conv3d: {name: a, out: 3, kernel: 1}
        - conv3d: {name: b, out: 3, kernel: 1, share: a}
        - conv3d: {name: c, out: 3, kernel: 1, share: b}
    """)
    analysis = archcalc.analyze(spec)
    assert [(each.owner, each.params, each.macs) for each in analysis.layers] == [
        (None, 12, 9 * 2048),
        ("a", 0, 9 * 2048),
        ("a", 0, 9 * 2048),
    ]


def test_a_linear_layer_uses_the_table_of_an_embedding(layers: Load) -> None:
    spec = layers("""
        - linear: {out: 1}
        - embedding: {name: table, num: 50, out: 8}
        - linear: {name: head, out: 50, bias: false, share: table}
    """)
    by_path = {layer.path: layer for layer in archcalc.analyze(spec).layers}
    assert (by_path["table"].params, by_path["head"].params) == (50 * 8, 0)


@pytest.mark.parametrize("head", ["out: 50", "out: 49, bias: false", "out: 8, bias: false"])
def test_a_linear_layer_of_other_sizes_does_not_use_the_table(layers: Load, head: str) -> None:
    with pytest.raises(archcalc.SpecError, match="weights that differ in shape from those of 'table'"):
        layers(f"""
            - linear: {{out: 1}}
            - embedding: {{name: table, num: 50, out: 8}}
            - linear: {{name: head, {head}, share: table}}
        """)


def test_shared_blocks_reuse_layer_by_layer(layers: Load) -> None:
    blocks = """
        blocks:
          tower:
            layers:
              - conv3d: {out: 4, kernel: 1, bias: false}
              - batch_norm
              - conv3d: {out: 4, kernel: 1}
    """
    spec = layers(
        """
        - tower: {name: left}
        - tower: {name: right, from: clip, share: left}
        - add: {from: [left, right]}
        """,
        blocks,
    )
    owners = {path: node.owner for path, node in spec.graph.nodes.items()}
    assert owners["right.batch_norm"] == "left.batch_norm"
    assert owners["right.conv3d_2"] == "left.conv3d_2"
    assert archcalc.analyze(spec).totals.params == 12 + 8 + 20


def test_sharing_weights_of_another_shape_is_a_problem(layers: Load) -> None:
    with pytest.raises(archcalc.SpecError, match="differ in shape"):
        layers("""
            - conv3d: {name: a, out: 4, kernel: 1}
            - conv3d: {name: b, out: 4, kernel: 1, share: a}
        """)


def test_several_inputs_and_outputs(load: Load) -> None:
    spec = load("""
        archcalc: 1
        name: two
        inputs:
          rgb: {C: 3, T: 4, H: 8, W: 8}
          flow: {C: 2, T: 4, H: 8, W: 8}
        layers:
          - conv3d: {name: a, out: 4, kernel: 3, padding: 1}
          - conv3d: {name: b, from: flow, out: 4, kernel: 1}
          - add: {name: sum, from: [a, b]}
        outputs: {fused: sum, motion: b}
    """)
    assert spec.graph.outputs == {"fused": "sum", "motion": "b"}
    fields = archcalc.analyze(spec).layer("sum").fields
    assert fields["rgb"].full == {"T": 3, "H": 3, "W": 3}
    assert fields["flow"].full == {"T": 1, "H": 1, "W": 1}


def test_libraries_and_specs_as_blocks(tmp_path: Path) -> None:
    (tmp_path / "parts.yaml").write_text("blocks: {unit: {layers: [{conv3d: {out: 4, kernel: 1}}]}}\n")
    (tmp_path / "net.yaml").write_text(
        "archcalc: 1\nname: net\nuse: [./parts.yaml]\nparameters: {out: 5}\n"
        "inputs: {clip: {C: 3, T: 2, H: 2, W: 2}}\nlayers: [unit, {conv3d: {name: last, out: $out, kernel: 1}}]\n"
    )
    (tmp_path / "top.yaml").write_text(
        "archcalc: 1\nname: top\nuse: [./net.yaml]\ninputs: {clip: {C: 3, T: 4, H: 4, W: 4}}\n"
        "layers: [{net: {name: inner, out: 7}}]\n"
    )
    spec = archcalc.load(tmp_path / "top.yaml")
    assert shapes(spec) == {"inner.conv3d": "4x4x4x4", "inner.last": "7x4x4x4"}


def test_two_libraries_with_one_name_clash_unless_the_spec_defines_it(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("blocks: {unit: {layers: [relu]}}\n")
    head = (
        "archcalc: 1\nname: top\nuse: [./a.yaml, ./b.yaml]\ninputs: {clip: {C: 3, T: 4, H: 4, W: 4}}\nlayers: [unit]\n"
    )
    (tmp_path / "top.yaml").write_text(head)
    with pytest.raises(archcalc.SpecError, match="two libraries with a block 'unit'"):
        archcalc.load(tmp_path / "top.yaml")
    (tmp_path / "top.yaml").write_text(head + "blocks: {unit: {layers: [sigmoid]}}\n")
    assert paths(archcalc.load(tmp_path / "top.yaml")) == ["sigmoid"]


@pytest.mark.parametrize("used", ["../secret.yaml", "/etc/passwd", "./../secret.yaml"])
def test_libraries_outside_the_folder_are_not_opened(tmp_path: Path, used: str) -> None:
    (tmp_path / "secret.yaml").write_text("blocks: {unit: {layers: [relu]}}\n")
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "top.yaml").write_text(
        f"archcalc: 1\nname: top\nuse: [{used}]\ninputs: {{clip: {{C: 3, H: 4, W: 4}}}}\nlayers: [relu]\n"
    )
    with pytest.raises(archcalc.SpecError, match="outside the spec's folder"):
        archcalc.load(inner / "top.yaml")


def test_recursion_is_refused(layers: Load) -> None:
    with pytest.raises(archcalc.SpecError, match="calls itself: a -> b -> a"):
        layers("- a", "blocks: {a: {layers: [b]}, b: {layers: [a]}}")


def test_a_failing_layer_silences_what_hangs_on_it(layers: Load) -> None:
    with pytest.raises(archcalc.SpecError) as error:
        layers("""
            - conv3d: {name: a, out: 4, kernel: 99}
            - conv3d: {out: $(a.C), kernel: 1}
            - add: {from: [a, clip]}
            - conv3d: {from: clip, out: 4, kernel: 1, groups: 2}
        """)
    assert [each.split(": ", 1)[0] for each in problems(error)] == ["5:39", "8:53"]


def test_all_problems_come_together_with_place_and_hint(layers: Load) -> None:
    with pytest.raises(archcalc.SpecError) as error:
        layers("""
            - conv3dd: {out: 4, kernel: 1}
            - conv3d: {out: 4, kernell: 3}
            - relu: {from: nowhere}
            - conv3d: {out: true, kernel: 1}
            - conv3d: {out: 4}
        """)
    assert [each.partition(";")[0] for each in problems(error)] == [
        "5:5: unknown operator or block 'conv3dd'",
        "6:22: unknown argument 'kernell' of conv3d",
        "7:18: unknown tensor 'nowhere'",
        "8:19: out: true",
        "9:5: no 'kernel' for conv3d",
    ]
    assert ["did you mean" in each for each in problems(error)] == [True, True, False, False, False]


def test_parameters_are_set_and_unknown_ones_refused(layers: Load) -> None:
    text, before = "- conv3d: {out: $width, kernel: 1}", "parameters: {width: 4}"
    assert shapes(layers(text, before, width=6))["conv3d"] == "6x8x16x16"
    with pytest.raises(archcalc.UsageError, match=r"no parameter 'widht'.*did you mean 'width'"):
        layers(text, before, widht=6)


def test_inputs_are_overridden(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("archcalc: 1\nname: n\ninputs: {clip: {C: 3, T: 4, H: 8, W: 8, fps: 25}}\nlayers: [relu]\n")
    spec = archcalc.load(path, inputs="clip=3x16x112x112@30")
    assert str(spec.graph.inputs["clip"].shape) == "3x16x112x112"
    assert spec.graph.inputs["clip"].fps == 30
    with pytest.raises(archcalc.UsageError, match="in the order C, T, H, W"):
        archcalc.load(path, inputs="clip=3x16")
    with pytest.raises(archcalc.UsageError, match="did you mean 'clip'"):
        archcalc.load(path, inputs="clipp=3x16x112x112")


def test_attention_lists_are_scopes_of_their_own(load: Load) -> None:
    spec = load("""
        archcalc: 1
        name: pooled
        inputs: {clip: {C: 8, T: 2, H: 4, W: 4}}
        layers:
          - attention:
              over: [T, H, W]
              heads: 2
              key: [{conv3d: {name: conv, kernel: [1, 2, 2], stride: [1, 2, 2], groups: depthwise, bias: false}}]
              value: [{max_pool3d: {kernel: [1, 2, 2]}}]
    """)
    assert paths(spec) == [
        "attention.query.project",
        "attention.key.project",
        "attention.key.conv",
        "attention.value.project",
        "attention.value.max_pool3d",
        "attention",
    ]
    assert str(spec.graph.nodes["attention.key.conv"].shape) == "2*4x2x2x2"


def test_a_failing_structure_silences_the_names_inside_it(layers: Load) -> None:
    with pytest.raises(archcalc.SpecError) as error:
        layers("""
            - repeat: {each: {i: [1, 2], out: [4]}, layers: [{conv3d: {name: c$i, out: $out, kernel: 1}}]}
            - relu: {name: r, from: c2}
            - sigmoid: {from: r}
        """)
    assert len(error.value.problems) == 1
    assert "columns of different lengths: i has 2, out has 1" in problems(error)[0]


def test_a_library_is_no_network(load: Load) -> None:
    with pytest.raises(archcalc.SpecError, match="a library of blocks; expected a network with inputs and layers"):
        load("blocks: {unit: {layers: [relu]}}")


def test_here_is_what_arrives_through_from(layers: Load) -> None:
    spec = layers("""
        - conv3d: {name: a, out: 8, kernel: 1}
        - conv3d: {from: clip, out: $(2 * here.C), kernel: 1}
    """)
    assert str(spec.graph.nodes["conv3d"].shape) == "6x8x16x16"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("inputs: {}\nlayers: [relu]", "no inputs"),
        ("inputs: {input: {C: 1, H: 2, W: 2}}\nlayers: [relu]", "the name 'input'"),
        ("inputs: {x: {C: 1, H: 2, W: 2}}\nlayers: [{repeat: {each: , layers: [relu]}}]", "neither 'times' nor 'each'"),
        ("inputs: {x: {C: 1, T: 2, D: 2}}\nlayers: [relu]", "both T and D"),
        ("inputs: {x: {H: 2, W: 2}}\nlayers: [relu]", "no axis 'C'"),
        ("inputs: {x: {C: 1, H: 0}}\nlayers: [relu]", "H: the number 0"),
        ("inputs: {x: {C: 1, Frequency: 3}}\nlayers: [relu]", "unknown axis or key 'Frequency'"),
        ("inputs: {x: {C: 1, H: 3}}\nlayers: []", "no layers"),
    ],
)
def test_what_a_spec_must_have(load: Load, text: str, said: str) -> None:
    with pytest.raises(archcalc.SpecError, match=said):
        load(f"archcalc: 1\nname: test\n{text}")


def test_a_layer_shares_the_weights_of_one_inside_a_block_by_its_path(load: Load) -> None:
    spec = load("""
        archcalc: 1
        name: shared
        inputs: {clip: {C: 4, T: 4, H: 4, W: 4}}
        blocks:
          unit: {layers: [{conv3d: {name: conv, out: 4, kernel: 1}}, {residual: {name: r, body: [batch_norm]}}]}
        layers:
          - unit: {name: first}
          - repeat: {name: stage, times: 2, layers: [unit]}
          - conv3d: {name: a, out: 4, kernel: 1, share: first.conv}
          - batch_norm: {name: b, share: first.r.batch_norm}
          - unit: {name: c, share: stage.1}
    """)
    owners = {path: node.owner for path, node in spec.graph.nodes.items() if node.owner}
    assert owners == {
        "a": "first.conv",
        "b": "first.r.batch_norm",
        "c.conv": "stage.1.conv",
        "c.r.batch_norm": "stage.1.r.batch_norm",
    }


def test_an_attention_with_lists_shares_all_its_weights(load: Load) -> None:
    spec = load("""
        archcalc: 1
        name: shared
        inputs: {clip: {C: 8, T: 2, H: 4, W: 4}}
        layers:
          - attention: {name: a, over: [T, H, W], heads: 2, key: [layer_norm], value: [layer_norm]}
          - attention: {name: b, over: [T, H, W], heads: 2, key: [layer_norm], value: [layer_norm], share: a}
    """)
    assert spec.graph.nodes["b.key.layer_norm"].owner == "a.key.layer_norm"
    assert spec.graph.nodes["b"].owner == "a"
    analysis = archcalc.analyze(spec)
    assert sum(layer.params for layer in analysis.layers if layer.path.startswith("b")) == 0
