"""A brute-force witness for shapes and receptive fields that shares no code with the package it checks."""
