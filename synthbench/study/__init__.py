"""Studies of what makes a program good (Baradad et al. 2022, Sec. 5): scores and properties of programs, prediction,
selection, scaling, walks."""
