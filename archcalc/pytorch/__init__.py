"""PyTorch, known once: operators as expressions, from which modules are built and source is written."""
