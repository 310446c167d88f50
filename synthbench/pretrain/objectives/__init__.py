"""The objectives that a protocol can name, one file each: its section of the protocol, its networks and its loss.

One more is a subclass of ``objective.Objective`` and an entry point of the group ``synthbench.objectives``. Reading a
protocol imports these files, so they import torch only where they compute.
"""
