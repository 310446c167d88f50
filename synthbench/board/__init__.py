"""The leaderboard: read results, rank them, and show them in the terminal and on a static page."""
