"""How each operator of PyTorch carries receptive fields from its arguments to its outputs."""
