"""The objectives that a protocol can name, one file each: section of the protocol, networks and loss.

To add one, register a subclass of ``objective.Objective`` as an entry point of the group ``synthbench.objectives``.
Reading a protocol imports these files, so they import torch only when they compute.
"""
