"""The optimizers that a protocol can name, one file each: its section of the protocol and what it makes.

One more is a subclass of ``optimizer.Optimizer`` and an entry point of the group ``synthbench.optimizers``. Reading a
protocol imports these files, so they import torch only where they compute.
"""
