"""A page about networks in one file, for readers who have nothing else."""
