"""Analyses as neutral tables: what is shown, not how."""
