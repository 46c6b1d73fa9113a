"""Recurrent layers along time, at every position of the other axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn

from archcalc.nn.axes import Folding

if TYPE_CHECKING:
    from archcalc.ops.base import Inputs
    from archcalc.ops.recurrent import Gru, Lstm, Recurrent, Rnn


class AlongTime(nn.Module):
    """A recurrent layer of torch.nn on a grid."""

    folding: Folding
    last: bool

    def forward(self, input: Any, *_: Any, **__: Any) -> Any:
        """All steps, or the last one alone."""
        steps, _ = super().forward(self.folding.fold(input).transpose(1, 2))
        return self.folding.unfold(steps[:, -1] if self.last else steps.transpose(1, 2))


class RnnAlongTime(AlongTime, nn.RNN):
    """Elman's recurrence."""


class LstmAlongTime(AlongTime, nn.LSTM):
    """Long short-term memory."""


class GruAlongTime(AlongTime, nn.GRU):
    """Gated recurrent unit."""


def rnn(operator: Rnn, inputs: Inputs) -> nn.Module:
    """torch.nn.RNN."""
    return _recurrent(RnnAlongTime, operator, inputs, nonlinearity=operator.nonlinearity)


def lstm(operator: Lstm, inputs: Inputs) -> nn.Module:
    """torch.nn.LSTM."""
    return _recurrent(LstmAlongTime, operator, inputs)


def gru(operator: Gru, inputs: Inputs) -> nn.Module:
    """torch.nn.GRU."""
    return _recurrent(GruAlongTime, operator, inputs)


def _recurrent(layer: type[AlongTime], operator: Recurrent, inputs: Inputs, **arguments: Any) -> nn.Module:
    (shape,) = inputs
    along: AlongTime = layer(
        shape.channels,
        operator.hidden_size,
        operator.num_layers,
        bias=operator.bias,
        batch_first=True,
        bidirectional=operator.bidirectional,
        **arguments,
    )
    along.folding, along.last = Folding.of(shape, ("T",)), operator.output == "last"
    return along
