"""Fractals of iterated function systems: FractalDB and its successors, and those of Anderson & Farrell.

A class is a system.

Fractals are drawn at the size of their data sets (362 px; 512 px for 1p-frac, 224 px for ExFractalDB and Anderson &
Farrell's) and downscaled (bicubic, antialiased), like those data sets: a smaller image does not have coarser dots.
Larger images are drawn at their own size.
"""
