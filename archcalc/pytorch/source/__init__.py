"""A network as source of PyTorch: its classes, their layers and what they do with tensors, before it becomes text."""
