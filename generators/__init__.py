"""The entrants: one folder per family, with its code, assets and recipes.

They are found by name through ``synthbench.registry``.
"""
