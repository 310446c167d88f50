"""The encoders that a protocol can name: built-in ResNets, and any network of timm by its name.

To add one, register an ``architecture.Architecture`` as an entry point of the group ``synthbench.encoders``. Reading a
protocol imports these files, so they import torch only when they build a network.
"""
