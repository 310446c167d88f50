"""Images that exist already: which there are, and where their bytes lie.

A folder tree (``tree``), a zip file (``zipped``), tar files (``tarred``) and data sets on the Hub (``hub``) all become
an ``Index``: a table of places, made once and kept on disk, from which any image is read without unpacking anything.
"""
