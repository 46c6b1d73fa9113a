"""A network as a file of Python, formatted as by ruff."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from archcalc.pytorch.expressions import Const, Name, TupleExpr, call
from archcalc.pytorch.source.definitions import definitions_for, import_lines
from archcalc.render.python_expressions import INDENT, WIDTH, expression_lines, flat, literal, signature_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcalc.pytorch.source.classes import Assignment, SourceClass
    from archcalc.pytorch.source.file import SourceFile
    from archcalc.pytorch.source.forward import ForwardLine, LoopRun

IN_LOOP = 3 * len(INDENT)
"""The indentation of a line in a loop in a method."""

MOST_LETTERS = WIDTH - 20
"""The longest docstring of one line."""


def python_text(source: SourceFile) -> str:
    """Return the text of a whole source file."""
    classes = ["\n".join(class_lines(each)) for each in source.classes]
    body = [*classes, "\n".join(main_lines(source))]
    body = [*definitions_for("\n".join(body)), *body]
    head = [docstring(source.title), "", *comment_lines(source.facts), "", *import_lines("\n".join(body))]
    return "\n\n\n".join(["\n".join(head), *body]) + "\n"


def comment_lines(facts: Iterable[tuple[str, str]]) -> list[str]:
    """Return facts as comment lines, `# name: text`."""
    texts = [" ".join(f"{name}: {text}".split()) for name, text in facts]
    return [line for text in texts for line in wrap(text, WIDTH, initial_indent="# ", subsequent_indent="#   ")]


def docstring(text: str) -> str:
    """Return a docstring of one line."""
    line = " ".join(text.replace("\\", "/").replace('"', "'").split())
    line = line if len(line) < MOST_LETTERS else f"{line[:MOST_LETTERS]}..."
    return f'"""{line}{"" if line.endswith((".", "?", "!")) else "."}"""'


def class_lines(each: SourceClass) -> list[str]:
    """Return a class with its constructor and `forward`."""
    base = "nn.Sequential" if each.forward is None else "nn.Module"
    methods = [lines for lines in (_constructor(each), _forward(each)) if lines]
    lines = [f"class {each.name}({base}):", INDENT + docstring(each.about)]
    for method in methods:
        lines += ["", *(INDENT + line if line else "" for line in method)]
    return lines


def _constructor(each: SourceClass) -> list[str]:
    if not each.made:
        return []
    parameters = [f"{parameter.name}: {parameter.type}" for parameter in each.parameters]
    lines = [*signature_lines("__init__", parameters, "None"), f"{INDENT}super().__init__()"]
    lines += [f"{INDENT}self.{name} = {name}" for name in _kept(each)]
    for made in each.made:
        lines += [INDENT + line for line in _made_lines(made)]
    return lines


def _kept(each: SourceClass) -> list[str]:
    """Return the parameters that `forward` needs: the ends of its loops."""
    loops = [statement.loop for statement in each.forward.statements if statement.loop] if each.forward else []
    return list(dict.fromkeys(loop.stop.text for loop in loops if isinstance(loop.stop, Name)))


def _made_lines(made: Assignment) -> list[str]:
    if made.loop is None:
        return expression_lines(made.modules[0], f"self.{made.attribute} = ")
    start, stop = made.loop
    lines = [_for(start, flat(stop), len(made.modules))]
    for at, module in enumerate(made.modules):
        add = call("self.add_module", Name(_numbered(made.attribute, at)), module)
        lines += [INDENT + line for line in expression_lines(add, "", IN_LOOP)]
    return lines


def _for(start: int, stop: str, step: int) -> str:
    bounds = [str(start), stop] if start else [stop]
    bounds = [str(start), stop, str(step)] if step > 1 else bounds
    return f"for i in range({', '.join(bounds)}):"


def _numbered(prefix: str, at: int) -> str:
    return f'f"{prefix}{{i + {at}}}"' if at else f'f"{prefix}{{i}}"'


def _forward(each: SourceClass) -> list[str]:
    if each.forward is None:
        return []
    inputs = [f"{name}: {type_}" for name, type_ in zip(each.forward.inputs, each.types[0], strict=True)]
    shapes = " to ".join(", ".join(shapes) for shapes in each.shapes)
    lines = [*signature_lines("forward", inputs, _returned(each)), INDENT + docstring(f"From {shapes}")]
    *before, last = each.forward.statements or [None]
    for statement in before:
        lines += [INDENT + line for line in _statement_lines(statement)] if statement else []
    return [*lines, *(INDENT + line for line in _ending(each, last))]


def _returned(each: SourceClass) -> str:
    types = each.types[1]
    if each.results:
        return f"dict[str, {' | '.join(dict.fromkeys(types))}]"
    return types[0] if len(types) == 1 else f"tuple[{', '.join(types)}]"


def _statement_lines(statement: ForwardLine) -> list[str]:
    if statement.loop is not None:
        return _loop_lines(statement, statement.loop)
    if not statement.targets:
        return [*expression_lines(statement.value, "")] if statement.called else []
    return expression_lines(statement.value, f"{', '.join(statement.targets)} = ")


def _loop_lines(statement: ForwardLine, loop: LoopRun) -> list[str]:
    target, given = statement.targets[0], flat(statement.value)
    stop = f"self.{loop.stop.text}" if isinstance(loop.stop, Name) else flat(loop.stop)
    run = f"{INDENT}{target} = self.get_submodule({_numbered(loop.prefix, 0)})({target})"
    return [*([f"{target} = {given}"] if target != given else []), _for(loop.start, stop, 1), run]


def _ending(each: SourceClass, last: ForwardLine | None) -> list[str]:
    """Return the last statement, as a return statement if it computes exactly what is returned."""
    assert each.forward is not None, "only a class with `forward` has an end of it"
    outputs = each.forward.outputs
    if last and last.loop is None and last.targets == outputs and not each.results:
        return expression_lines(last.value, "return ")
    lines = _statement_lines(last) if last else []
    if each.results:
        pairs = (f"{literal(name)}: {output}" for name, output in zip(each.results, outputs, strict=True))
        given = TupleExpr(tuple(map(Name, pairs)), brackets="{}")
        return [*lines, *expression_lines(given, "return ")]
    return [*lines, f"return {', '.join(outputs)}"]


def main_lines(source: SourceFile) -> list[str]:
    """Return what runs if the file is run: the network on the meta device, its output shape and its parameters."""
    network = source.classes[-1]
    empty = [call("torch.empty", Const(1), *map(Const, sizes)) for sizes in source.inputs]
    lines = ['with torch.device("meta"):', f"{INDENT}network = {network.name}().eval()"]
    lines += [INDENT + line for line in expression_lines(call("network", *empty), "output = ")]
    lines += _printed(network)
    lines += ['print("parameters", sum(each.numel() for each in network.parameters()))']
    return ['if __name__ == "__main__":', *(INDENT + line for line in lines)]


def _printed(network: SourceClass) -> Sequence[str]:
    if network.results:
        return ["for name, each in output.items():", f"{INDENT}print({_shape('name', 'each', network.types[1])})"]
    return [f"print({_shape(literal('output'), 'output', network.types[1])})"]


def _shape(name: str, tensor: str, types: Iterable[str]) -> str:
    if "Features" in types:
        return f"{name}, [tuple(part.shape) for part in {tensor}]"
    return f"{name}, tuple({tensor}.shape)"
