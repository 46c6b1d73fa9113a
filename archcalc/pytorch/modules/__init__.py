"""Layers that torch.nn lacks. They import torch alone: a written network holds the source of those that it uses."""
