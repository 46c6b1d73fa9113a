"""Profiling: how long a built network takes on a device, layer by layer, and how much memory."""
