"""Measurements of images: properties of each image, perceptual diversity, distances between sets; for an entrant and
for each of its programs."""
