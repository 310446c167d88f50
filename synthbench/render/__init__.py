"""Render data sets to shards on disk: parallel, resumable, checked.

``render.render`` renders a data set, ``shards.Dataset`` reads it, ``preflight.preflight`` tests a generator before a
long run, ``sheet.preview`` draws a contact sheet. Generators run only in worker processes (``pool``, ``worker``), under
a deadline.
"""
