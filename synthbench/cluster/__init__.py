"""Work on many processes: lanes (worker processes) of this machine, or the nodes of a Ray cluster.

A task names a function and its arguments. ``lanes`` and ``nodes`` do tasks and yield their outcomes in the order in
which they end.
"""
