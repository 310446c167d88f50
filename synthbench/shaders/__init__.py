"""GLSL programs: their dialects, and the canvas that draws them, for the shader families in ``generators/`` and
``synthbench shaders``."""
