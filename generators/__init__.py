"""The entrants: one folder per family, with its code, assets and recipes.

Found by name through ``synthbench.registry``.
"""
