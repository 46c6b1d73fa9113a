"""Renderers: one file a format. They only render."""
