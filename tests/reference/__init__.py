"""A brute-force reference implementation of shapes and receptive fields that shares no code with the package."""
