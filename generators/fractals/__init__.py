"""Fractals of iterated function systems: FractalDB and its successors, and those of Anderson & Farrell.

A class is a system.

Fractals are drawn at the size of their data sets (362 px; 512 px for 1p-frac, 224 px for ExFractalDB and Anderson &
Farrell's) and reduced (bicubic, antialiased), as those data sets would be: a smaller image is not one of coarser dots.
Larger images are drawn at their own size.
"""
