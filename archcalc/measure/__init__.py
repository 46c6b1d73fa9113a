"""Built networks measured: what PyTorch has and does against what the analysis says."""
