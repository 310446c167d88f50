"""Work on many processes: lanes of this machine, or the nodes of a Ray cluster. No scheduler of our own.

A task names a function and its arguments. ``lanes`` and ``nodes`` do tasks and hand out what came of each, in the order
in which they end.
"""
