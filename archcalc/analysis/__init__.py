"""Passes over a network graph: receptive fields, cost, memory. They do not know where the graph came from."""
