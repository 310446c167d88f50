"""``python -m synthbench``: the command line, as ``torchrun -m synthbench`` starts it."""

from synthbench.cli import main

main()
