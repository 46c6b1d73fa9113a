"""Words of darknet: sections, activation functions, options that are used, of training, or without an operator."""

from __future__ import annotations

_LAYER = frozenset({"activation"})
_CONVOLUTION = _LAYER | {
    "filters", "size", "stride", "stride_x", "stride_y", "pad", "padding", "groups", "dilation", "batch_normalize",
}  # fmt: skip
_POOL = frozenset({"size", "stride", "stride_x", "stride_y", "padding"})

USED: dict[str, frozenset[str]] = {
    "activation": _LAYER,
    "avgpool": frozenset(),
    "batchnorm": frozenset(),
    "connected": _LAYER | {"output", "batch_normalize"},
    "convolutional": _CONVOLUTION,
    "crop": frozenset({"crop_height", "crop_width"}),
    "deconvolutional": _CONVOLUTION,
    "dropout": frozenset({"probability"}),
    "local_avgpool": _POOL,
    "logistic": frozenset(),
    "maxpool": _POOL,
    "normalization": frozenset({"size", "alpha", "beta", "kappa"}),
    "reorg": frozenset({"stride", "reverse"}),
    "reorg3d": frozenset({"stride", "reverse"}),
    "route": frozenset({"layers", "groups", "group_id"}),
    "sam": _LAYER | {"from"},
    "scale_channels": _LAYER | {"from", "scale_wh"},
    "shortcut": _LAYER | {"from"},
    "softmax": frozenset({"groups", "spatial"}),
    "upsample": frozenset({"stride"}),
}
"""Options that a reader takes, by section."""

TRAINING = frozenset({
    "angle", "dontload", "dontloadscales", "dot", "dropblock", "exposure", "flip", "flipped", "grad_centr",
    "learning_rate_scale", "noadjust", "noloss", "onlyforward", "saturation", "scale", "shift", "stopbackward",
    "stream", "temperature", "train_only_bn", "wait_stream",
})  # fmt: skip
"""Options that change neither shapes nor counts."""

UNSUPPORTED = {
    "antialiasing": "which adds a blurring convolution",
    "assisted_excitation": "which adds the ground truth to features",
    "bin_output": "whose values are bits",
    "binary": "whose weights are bits",
    "cbn": "which normalizes over several batches",
    "coordconv": "which adds channels of coordinates",
    "extra": "which adds values to a flat tensor",
    "flatten": "which reorders a flat tensor",
    "maxpool_depth": "which takes the maximum over channels",
    "out_channels": "which belongs to maxpool_depth",
    "rotate": "which rotates the kernel",
    "share_index": "which shares the weights of another section",
    "stretch": "which stretches the kernel",
    "stretch_sway": "which stretches the kernel",
    "sway": "which sways the kernel",
    "tree": "a softmax over a tree of classes, which is read from another file",
    "weights_normalization": "which belongs to weights_type",
    "weights_type": "which weighs the tensors that are added",
    "xnor": "whose weights and inputs are bits",
}
"""Options without an operator, with the reason."""

ACTIVATIONS: dict[str, tuple[str, dict[str, object]]] = {
    "elu": ("elu", {}),
    "gelu": ("gelu", {"approximate": "tanh"}),
    "leaky": ("leaky_relu", {"negative_slope": 0.1}),
    "logistic": ("sigmoid", {}),
    "mish": ("mish", {}),
    "relu": ("relu", {}),
    "relu6": ("relu6", {}),
    "selu": ("selu", {}),
    "swish": ("silu", {}),
    "tanh": ("tanh", {}),
}
LINEAR = "linear"
"""Operators and their arguments by the name of an activation function; `linear` is none."""
SAME_WORDS = {
    "conv": "convolutional",
    "deconv": "deconvolutional",
    "conn": "connected",
    "max": "maxpool",
    "local_avg": "local_avgpool",
    "avg": "avgpool",
    "lrn": "normalization",
    "soft": "softmax",
}
DETECTION = ("yolo", "Gaussian_yolo", "region", "detection", "iseg")
TRAINING_ONLY = ("cost", "contrastive")
"""Sections that decode what the network returns, and those that only training has."""
