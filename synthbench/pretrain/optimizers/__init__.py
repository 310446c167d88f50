"""The optimizers that a protocol can name, one file each: section of the protocol and optimizer.

To add one, register a subclass of ``optimizer.Optimizer`` as an entry point of the group ``synthbench.optimizers``.
Reading a protocol imports these files, so they import torch only when they compute.
"""
