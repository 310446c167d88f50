"""The standings: read results, rank them, show them in the terminal and on a static page."""
