"""Existing images: finding them, and the places of their bytes.

A folder tree (``tree``), a zip file (``zipped``), tar files (``tarred``) and data sets on the Hub (``hub``) all become
an ``Index``: a table of places, built once and kept on disk, from which any image is read without unpacking.
"""
