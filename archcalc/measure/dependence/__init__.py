"""What each layer of a built network depends on, shown by probes: the witness of receptive fields."""
