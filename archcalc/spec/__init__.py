"""The spec language: text, typed model, expansion into a network graph."""
