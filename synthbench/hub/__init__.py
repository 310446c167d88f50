"""The Hub: submit results, push and pull encoders, read and publish the leaderboard.

No other part of synthbench needs a network, except downloads of data.
"""
