"""The arithmetic of one layer, step by step."""
