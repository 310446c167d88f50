"""The encoders that a protocol can name: our ResNets, and anything of timm by its name.

One more is an ``architecture.Architecture`` and an entry point of the group ``synthbench.encoders``. Reading a protocol
imports these files, so they import torch only where they build.
"""
