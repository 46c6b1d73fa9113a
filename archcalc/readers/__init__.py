"""Reads networks of other tools (darknet, Keras, TensorFlow.js) and writes them as specs; needs no PyTorch."""
