"""Designs of one spec: varied, evaluated many times a second, searched for the best ones."""
