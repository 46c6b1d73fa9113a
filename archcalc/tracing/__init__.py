"""Imports PyTorch modules: records one run of a module and makes a network of it."""
