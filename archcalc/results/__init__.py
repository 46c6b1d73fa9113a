"""Records of what was compared or measured; they know nothing of how they are shown."""
