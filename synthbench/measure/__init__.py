"""What images are like, in numbers: properties of each image, perceptual diversity, distances between sets; by program
and for an entrant."""
