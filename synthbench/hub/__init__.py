"""The Hub: submit results, push and pull encoders, read and publish the leaderboard.

Nothing else in synthbench needs a network.
"""
