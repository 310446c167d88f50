"""Generator -> shards on disk: parallel, resumable, checked.

``render.render`` makes a data set, ``shards.Dataset`` reads it, ``preflight.preflight`` tries a generator before a long
run, ``sheet.preview`` shows it. Generators run in worker processes only (``pool``, ``worker``), under a deadline.
"""
