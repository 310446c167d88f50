"""What makes a program good: a score for each program, its properties, a predictor, selections, scaling, and walks (Baradad et al. 2022, Sec. 5)."""
