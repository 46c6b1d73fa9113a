"""Recurrent layers with one bias per gate, as Keras and TensorFlow have it."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from archcalc.pytorch.modules.axes import broadcast_to_axes


def without_second_bias(layer: nn.RNNBase) -> None:
    """Remove the biases of the hidden products."""
    for name in [each for each in layer._parameters if each.startswith("bias_hh")]:
        del layer._parameters[name]


def weights_of(layer: nn.RNNBase) -> list[Tensor]:
    """Return the weights in the order of PyTorch's functions, with zeros for the second bias."""
    ends = [f"l{number}{end}" for number in range(layer.num_layers) for end in ("", "_reverse")]
    found = []
    for end in ends[:: 1 if layer.bidirectional else 2]:
        matrices: list[Tensor] = [getattr(layer, f"{name}_{end}") for name in ("weight_ih", "weight_hh", "bias_ih")]
        found += [*matrices, torch.zeros_like(matrices[-1])]
    return found


def first_state(layer: nn.RNNBase, x: Tensor) -> Tensor:
    """Return zeros for every layer and direction."""
    return x.new_zeros(layer.num_layers * (1 + layer.bidirectional), x.shape[0], layer.hidden_size)


class OneBiasRNN(nn.RNN):
    """An Elman network with one bias."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        without_second_bias(self)

    def forward(self, x: Any, hx: Any = None) -> Any:
        """Run it over a batch of sequences, from a state of zeros."""
        del hx
        run = torch.rnn_tanh if self.nonlinearity == "tanh" else torch.rnn_relu
        options = (True, self.num_layers, 0.0, self.training, self.bidirectional, True)
        return run(x, first_state(self, x), weights_of(self), *options)


class OneBiasLSTM(nn.LSTM):
    """An LSTM with one bias per gate."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        without_second_bias(self)

    def forward(self, x: Any, hx: Any = None) -> Any:
        """Run it over a batch of sequences, from states of zeros."""
        del hx
        state = first_state(self, x)
        options = (True, self.num_layers, 0.0, self.training, self.bidirectional, True)
        steps, hidden, _ = torch.lstm(x, (state, state), weights_of(self), *options)
        return steps, hidden


class OneBiasGRU(nn.GRU):
    """A GRU with one bias per gate."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        without_second_bias(self)

    def forward(self, x: Any, hx: Any = None) -> Any:
        """Run it over a batch of sequences, from a state of zeros."""
        del hx
        options = (True, self.num_layers, 0.0, self.training, self.bidirectional, True)
        return torch.gru(x, first_state(self, x), weights_of(self), *options)


class ConvCell2d(nn.Module):
    """The weights of a convolutional recurrence: kernels for the frame and the state, and biases for either."""

    def __init__(
        self,
        gates: int,
        channels: int,
        out: int,
        kernel: Any,
        *,
        bias: bool = True,
        biases: int = 1,
        last: bool = False,
        reverse: bool = False,
    ) -> None:
        super().__init__()
        sizes = broadcast_to_axes(kernel, 2)
        self.out, self.last, self.padding = out, last, tuple(each // 2 for each in sizes)
        self.order = -1 if reverse else 1
        self.weight_ih = nn.Parameter(nn.init.kaiming_uniform_(torch.empty(gates * out, channels, *sizes)))
        self.weight_hh = nn.Parameter(nn.init.kaiming_uniform_(torch.empty(gates * out, out, *sizes)))
        self.bias_ih = nn.Parameter(torch.zeros(gates * out)) if bias else None
        self.bias_hh = nn.Parameter(torch.zeros(gates * out)) if bias and biases == 2 else None

    def of_frame(self, x: Tensor) -> Tensor:
        """Return the products of a frame for all gates."""
        return functional.conv2d(x, self.weight_ih, self.bias_ih, padding=self.padding)

    def of_state(self, x: Tensor) -> Tensor:
        """Return the products of a state for all gates."""
        return functional.conv2d(x, self.weight_hh, self.bias_hh, padding=self.padding)


class ConvLSTM2d(ConvCell2d):
    """A convolutional LSTM along the frames of a clip (batch, channels, frames, rows, columns)."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(4, *arguments, **options)

    def forward(self, x: Tensor) -> Tensor:
        """Return the hidden states of all steps, or of the last one."""
        hidden = cell = x.new_zeros(x.shape[0], self.out, *x.shape[3:])
        steps = []
        for frame in x.unbind(2)[:: self.order]:
            parts = (self.of_frame(frame) + self.of_state(hidden)).chunk(4, 1)
            enter, keep, leave = (torch.sigmoid(part) for part in parts[:3])
            cell = torch.mul(keep, cell) + torch.mul(enter, torch.tanh(parts[3]))
            hidden = torch.mul(leave, torch.tanh(cell))
            steps.append(hidden)
        return hidden if self.last else torch.stack(steps[:: self.order], 2)


class ConvGRU2d(ConvCell2d):
    """A convolutional GRU along the frames of a clip (batch, channels, frames, rows, columns)."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(3, *arguments, **options)

    def forward(self, x: Tensor) -> Tensor:
        """Return the hidden states of all steps, or of the last one."""
        hidden = x.new_zeros(x.shape[0], self.out, *x.shape[3:])
        steps = []
        for frame in x.unbind(2)[:: self.order]:
            given, own = self.of_frame(frame).chunk(3, 1), self.of_state(hidden).chunk(3, 1)
            reset, update = torch.sigmoid(given[0] + own[0]), torch.sigmoid(given[1] + own[1])
            candidate = torch.tanh(given[2] + torch.mul(reset, own[2]))
            hidden = candidate + torch.mul(update, torch.sub(hidden, candidate))
            steps.append(hidden)
        return hidden if self.last else torch.stack(steps[:: self.order], 2)
