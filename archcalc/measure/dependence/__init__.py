"""What each layer of a built network depends on, measured by probes: the reference for receptive fields."""
