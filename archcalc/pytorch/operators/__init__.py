"""Every operator as an expression of PyTorch, without PyTorch: what its layer makes, and what it runs."""
