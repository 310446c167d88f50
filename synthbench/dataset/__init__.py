"""Data sets as files: the records and the layout of their shards (``manifest``), and those at an address
(``address``).

``render`` writes data sets and reads them (``render.shards.Dataset``); ``images`` and ``entrant`` recognise them.
"""
