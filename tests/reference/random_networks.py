"""Random valid networks, one for every seed.

Small axes, so that borders matter; windows that only just fit; odd sizes, even kernels, uneven padding; residuals and
branches whose sizes agree though their strides do not; upsampling; operations that see a whole axis; one or two inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random

from .network import Item, Layer, Network, PooledAttention, Shape, Structure, shape_after
from .operation import AXES, DoesNotFitError, Operation
from .others import Constant, Expand, Merge, Pointwise
from .random_operations import (
    CHANNELS,
    adaptive_end,
    axes_of,
    convolution,
    fitting_operation,
    global_pool,
    joined,
    pooled_sequence,
    random_operation,
    random_window,
    reduction,
    selected,
    stacked,
)
from .random_sampled import sampled
from .sequences import CrossAttention
from .whole import Attend, DotProduct, Matmul
from .windows import Interpolate

ATTEMPTS = 40
"""How often a step is drawn again until it fits."""


@dataclass(frozen=True)
class Tensor:
    """A tensor to grow from: the name by which it is taken, None for "what came before", and its shape."""

    name: str | None
    shape: Shape


def random_network(seed: int) -> Network:
    """The network of a seed."""
    return Grower(Random(seed)).network()


@dataclass
class Grower:
    """Grows a network item by item, keeping only what fits."""

    rng: Random
    count: int = 0
    items: list[Item] = field(default_factory=list)

    def network(self) -> Network:
        """Inputs, a stretch of layers, sometimes a second input that joins, sometimes an end that sees everything."""
        inputs = {"clip": self.input_shape()}
        tensor = self.stretch(Tensor("clip", inputs["clip"]), self.rng.randint(2, 6))
        if self.rng.random() < 0.3:
            tensor = self.second_input(inputs, tensor)
        if self.rng.random() < 0.5:
            self.end(tensor)
        return Network(inputs, tuple(self.items))

    def second_input(self, inputs: dict[str, Shape], tensor: Tensor) -> Tensor:
        """A second input, at times an image, that joins; none where none of a number of drawn shapes fits."""
        for _ in range(ATTEMPTS):
            kept, shape = len(self.items), self.input_shape(self.rng.choice((AXES, AXES, AXES, ("H", "W"))))
            try:
                joined = self.join(tensor, Tensor("other", shape))
            except DoesNotFitError:
                del self.items[kept:]
                continue
            inputs["other"] = shape
            return self.stretch(joined, self.rng.randint(0, 3))
        return tensor

    def input_shape(self, axes: tuple[str, ...] = AXES) -> Shape:
        """A few channels and some short axes."""
        return Shape(self.rng.choice((1, 3, 8)), {axis: self.rng.randint(3, 24) for axis in axes})

    def name(self, stem: str) -> str:
        """A name not used before."""
        self.count += 1
        return f"{stem}{self.count}"

    # Growing at the top level, where tensors are taken by name

    def stretch(self, tensor: Tensor, steps: int) -> Tensor:
        """Some steps one after the other."""
        growths: dict[Callable[[Tensor], Tensor], int] = {
            self.top_layer: 20,
            self.top_split: 6,
            self.top_structure: 8,
            self.top_product: 2,
            self.top_attention: 1,
            self.top_constant: 1,
            self.top_repeated: 1,
            self.top_tokens: 1,
            partial(sampled, self): 1,
        }
        for _ in range(steps):
            (growth,) = self.rng.choices(list(growths), weights=list(growths.values()))
            tensor = self.attempt(growth, tensor)
        return tensor

    def attempt(self, growth: Callable[[Tensor], Tensor], tensor: Tensor) -> Tensor:
        """The first of a number of tries that fits; the tensor as it was when none does."""
        for _ in range(ATTEMPTS):
            kept = len(self.items)
            try:
                return growth(tensor)
            except DoesNotFitError:
                del self.items[kept:]
        return tensor

    def put(self, operation: Operation, *tensors: Tensor) -> Tensor:
        """A layer at the top level; a tensor without a name is what came before, and only the last item is that."""
        shape = shape_after(operation, [tensor.shape for tensor in tensors])
        name = self.name("layer")
        inputs = tuple(tensor.name for tensor in tensors if tensor.name is not None)
        if 0 < len(inputs) < len(tensors):
            raise DoesNotFitError("a merge can take named tensors only")
        self.items.append(Layer(name, operation, inputs))
        return Tensor(name, shape)

    def top_layer(self, tensor: Tensor) -> Tensor:
        """One random layer."""
        return self.put(random_operation(self.rng, tensor.shape), tensor)

    def top_split(self, tensor: Tensor) -> Tensor:
        """Two branches written out with `from`, merged by a layer of their own."""
        tensor = self.named(tensor)
        one = tensor
        for _ in range(self.rng.randint(0, 2)):
            one = self.put(random_operation(self.rng, one.shape), one)
        return self.join(one, tensor)

    def join(self, one: Tensor, other: Tensor) -> Tensor:
        """Bring another tensor to the grid of the first by one operation, and merge the two."""
        one, other = self.named(one), self.named(other)
        same_axes = axes_of(one.shape) == axes_of(other.shape)
        merge = self.rng.choice(("add", "multiply", "subtract") + ("concat", "average") * same_axes)
        if self.rng.random() < 0.3:
            other = self.attempt(self.top_layer, other)
        fitted = self.put(fitting_operation(self.rng, other.shape, one.shape), other)
        return self.put(Merge(merge), one, fitted)

    def named(self, tensor: Tensor) -> Tensor:
        """The tensor under a name."""
        return tensor if tensor.name is not None else self.put(Pointwise("identity"), tensor)

    def top_product(self, tensor: Tensor) -> Tensor:
        """A non-local block: theta at every position, phi and g from a reduced grid."""
        tensor = self.named(tensor)
        reduced = self.put(random_window(self.rng, tensor.shape, "max_pool"), tensor)
        point = convolution(tensor.shape, CHANNELS)
        if self.rng.random() < 0.4:
            return self.put(CrossAttention(), tensor, reduced)
        if self.rng.random() < 0.5:
            return self.top_matmul(tensor)
        theta, phi, g = self.put(point, tensor), self.put(point, reduced), self.put(point, reduced)
        return self.put(DotProduct(), theta, phi, g)

    def top_matmul(self, tensor: Tensor) -> Tensor:
        """A product of the tensor and matrices that a layer makes of it, with as many rows as it has columns."""
        rows, columns = ("C", *axes_of(tensor.shape))[-2:]
        summed = tensor.shape.sizes[columns]
        if rows == "C":
            other = self.put(Pointwise("linear", summed), tensor)
        else:
            sizes = {**tensor.shape.sizes, rows: summed}
            axes = axes_of(tensor.shape)
            other = self.put(Interpolate("interpolate", axes, tuple(sizes[axis] for axis in axes), "nearest"), tensor)
        return self.put(Matmul(None if rows == "C" else rows, columns), tensor, other)

    def top_attention(self, tensor: Tensor) -> Tensor:
        """Attention whose queries, keys and values are pooled on their own; keys and values share a grid."""
        tensor = self.named(tensor)
        if tensor.shape.channels % 2:
            raise DoesNotFitError("heads need an even number of channels")
        over = axes_of(tensor.shape)
        query: list[Operation] = [random_window(self.rng, tensor.shape, "max_pool")] * self.rng.randint(0, 1)
        key = random_window(self.rng, tensor.shape, "max_pool")
        ends = [shape_after(pool, [tensor.shape]) for pool in [*(query or [Pointwise("identity")]), key, key]]
        name = self.name("layer")
        lists = (self.path_of(query), self.path_of([key]), self.path_of([key]))
        self.items.append(Layer(self.name("layer"), Pointwise("identity"), (str(tensor.name),)))
        self.items.append(PooledAttention(name, over, 2, lists))
        return Tensor(name, shape_after(Attend(over=over), ends))

    def top_constant(self, tensor: Tensor) -> Tensor:
        """Learned or fixed values: of the shape of a tensor, of one channel, or of some axes, which a sum repeats."""
        tensor = self.named(tensor)
        some = {axis: size for axis, size in tensor.shape.sizes.items() if self.rng.random() < 0.5}
        out = self.rng.choice((None, 1)) if some else None
        values = self.put(Constant(some, out, self.rng.random() < 0.5), tensor)
        merge = self.rng.choice(("add", "multiply", "subtract", "concat"))
        return self.put(Merge(merge), *self.rng.sample((tensor, values), 2))

    def top_tokens(self, tensor: Tensor) -> Tensor:
        """Tokens beside the grid, a function of each position, and the grid alone."""
        count = (("count", self.rng.randint(1, 2)),)
        between = self.rng.choice((Pointwise("linear", CHANNELS), Pointwise("gelu")))
        grid = Pointwise("select", None, (("tokens", "grid"),))
        for operation in (Pointwise("class_token", None, count), between, grid):
            tensor = self.put(operation, tensor)
        return tensor

    def top_repeated(self, tensor: Tensor) -> Tensor:
        """Some axes reduced or dropped and repeated again, and at times added to what they were."""
        tensor = self.named(tensor)
        reduced = self.put(reduction(self.rng, tensor.shape), tensor)
        lacking = {axis: n for axis, n in tensor.shape.sizes.items() if reduced.shape.along(axis) != n}
        repeated = self.put(Expand(lacking), reduced)
        if repeated.shape != tensor.shape or self.rng.random() < 0.5:
            return repeated
        return self.put(Merge(self.rng.choice(("add", "multiply", "concat"))), tensor, repeated)

    def top_structure(self, tensor: Tensor) -> Tensor:
        """A residual or branches; without a name that is not used yet it can only be followed by default."""
        structure, shape = self.structure(tensor.shape, depth=2)
        name = self.name("block") if self.rng.random() < 0.5 else None
        self.items.append(Structure(structure.kind, structure.merge, structure.paths, name, tensor.name))
        return Tensor(name, shape)

    def end(self, tensor: Tensor) -> None:
        """What closes a network: something that sees whole axes, and a layer after it."""
        endings = (global_pool, adaptive_end, stacked, *[pooled_sequence] * 3, selected, joined, joined)
        try:
            for operation in self.rng.choice(endings)(self.rng, tensor.shape):
                tensor = self.put(operation, tensor)
        except DoesNotFitError:
            return

    # Growing inside structures, where everything follows what came before

    def structure(self, shape: Shape, depth: int) -> tuple[Structure, Shape]:
        """A structure on a tensor of this shape, and the shape that comes out."""
        kind = self.rng.choice(("residual", "residual", "branches", "branches", "gate"))
        if kind == "gate":
            gate = self.path_of([global_pool(self.rng, shape)[0], convolution(shape, shape.channels)])
            return Structure("branches", "multiply", ((), gate)), shape
        body, after = self.path(shape, self.rng.randint(1, 3), depth)
        others = [self.path_to(shape, after) for _ in range(1 if kind == "residual" else self.rng.randint(1, 2))]
        if kind == "residual":
            return Structure("residual", "add", (body, others[0])), after
        merge = self.rng.choice(("concat", "add", "average", "multiply"))
        paths = (body, *others)
        merged = shape_after(Merge(merge), [after] * len(paths))
        return Structure("branches", merge, paths), merged

    def path(self, shape: Shape, steps: int, depth: int) -> tuple[tuple[Item, ...], Shape]:
        """Layers, and now and then a structure inside the structure."""
        items: list[Item] = []
        for _ in range(steps):
            if depth > 1 and self.rng.random() < 0.2:
                structure, shape = self.structure(shape, depth - 1)
                items.append(structure)
                continue
            operation = random_operation(self.rng, shape)
            shape = shape_after(operation, [shape])
            items.append(Layer(self.name("layer"), operation))
        return tuple(items), shape

    def path_of(self, operations: Sequence[Operation]) -> tuple[Item, ...]:
        """A path of given operations."""
        return tuple(Layer(self.name("layer"), operation) for operation in operations)

    def path_to(self, shape: Shape, goal: Shape) -> tuple[Item, ...]:
        """A path that ends in the goal: the identity where that will do and chance allows, else one that fits."""
        if shape == goal and self.rng.random() < 0.6:
            return ()
        items, between = self.path(shape, self.rng.randint(0, 1), 1)
        return (*items, *self.path_of([fitting_operation(self.rng, between, goal)]))
