"""Drawings as neutral data: what is drawn, before any format."""
