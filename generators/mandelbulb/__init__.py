"""Mandelbulbs: solids of a power of spherical coordinates with many rules of signs and angles, rendered by ray
marching.

A class is a power and a rule.

Source: Chiche et al. 2024, "Pre-training Vision Models with Mandelbulb Variations";
RistoranteRist/MandelbulbVariationsGenerator at 8ac8843 (MandelbulbVariations, with the rules of its README).
"""

from __future__ import annotations

from collections.abc import Sequence
from string import Template

import numpy as np
from PIL import Image

from synthbench.errors import UsageError
from synthbench.shaders.programs import Programs

POWERS = range(2, 19)
RULES = (
    107, 106, 263, 334, 205, 271, 434, 225, 331, 413, 141, 167, 424, 196, 222, 461, 488, 109, 151, 232, 42, 188, 507,
    32, 451, 132, 190, 481, 143, 96, 180, 388, 397, 68, 135, 197, 360, 40, 465, 243, 506, 160, 327, 175, 105, 223, 198,
    332, 452, 174, 281, 395, 238, 386, 161, 168, 204, 416, 244, 418, 297,
)  # fmt: skip
"""Nine bits each, see ``direction``."""
SECONDS = 1000.0
"""Time is the seed of an image: camera and colours are hashes of it."""
SAMPLES = 2
"""Samples along each side of a pixel, as in the source."""

_PROGRAM = Template("""// Mandelbulb: power $power, rule $rule
// z -> |z|^n (direction of n times its angles) + c. trap: the least |z.z|, |x| + |y| + |z| over 1.5, and |z| on the way.
float distanceTo(vec3 c, out vec3 trap) {
    vec3 z = c;
    float r = length(z), slope = 1.0;
    trap = vec3(1e20);
    for (int i = 0; i < $iterations; i++) {
        if (r > 4.0) break;
        float theta = $power.0 * acos(clamp(z.z / r, -1.0, 1.0)), phi = $power.0 * atan(z.y, z.x), grown = pow(r, $power.0);
        slope = $power.0 * grown * slope + 1.0;
        z = grown * $direction + c;
        trap = min(trap, vec3(abs(z.z), dot(abs(z), vec3(1)) / 1.5, length(z)));
        r = length(z);
    }
    return 0.5 * log(r) * r / slope;
}

float march(vec3 eye, vec3 ray, float near, int most, float far, out vec3 trap) {
    float t = 0.0;
    for (int i = 0; i < most; i++) {
        float d = distanceTo(eye + t * ray, trap);
        if (!(d > near) || t > far) break;
        t += d;
    }
    return t;
}

vec3 gradient(vec3 p) {
    vec2 e = vec2(0.001, 0.0);
    vec3 _;
    return normalize(vec3(distanceTo(p + e.xyy, _) - distanceTo(p - e.xyy, _), distanceTo(p + e.yxy, _) - distanceTo(p - e.yxy, _),
        distanceTo(p + e.yyx, _) - distanceTo(p - e.yyx, _)));
}

uint hash(uint x) {
    x = x * 747796405u + 2891336453u;
    x = ((x >> ((x >> 28) + 4u)) ^ x) * 277803737u;
    return (x >> 22) ^ x;
}

float pick(uint i) { return float(hash(hash(floatBitsToUint(iTime)) + i) >> 8) / 16777216.0; }

vec3 paint(uint i) { return vec3(pick(i), pick(i + 1u), pick(i + 2u)); }

void mainImage(out vec4 colour, in vec2 pixel) {
    vec2 uv = (pixel - 0.5 * iResolution.xy) / iResolution.y;
    float latitude = 6.2831853 * pick(0u), longitude = 6.2831853 * pick(1u);
    float a = cos(latitude), b = sin(latitude), c = cos(longitude), d = sin(longitude);
    vec3 sight = vec3(a * d, -a * c, -b), up = vec3(b * d, -b * c, a), side = cross(sight, up), trap, _;
    vec3 ray = normalize(uv.x * side + uv.y * up + sight);
    float t = march(-2.5 * sight, ray, 0.001, $steps, 10.0, trap);
    colour = vec4(1);
    if (t >= 10.0) return;
    vec3 at = t * ray - 2.5 * sight, normal = gradient(at), light = normalize(vec3(-10, 10, 10) - at);
    vec3 own = vec3(clamp(trap.x, 0.0, 1.0), pow(clamp(trap.yz, 0.0, 1.0), vec2(10)));
    vec3 made = own.x * paint(2u) + own.y * paint(5u) + own.z * paint(8u);
    made *= (0.3 + 0.9 * max(dot(light, -normal), 0.0)) * dot(at, at);
    if (march(at + 1e-5 * normal, light, 0.0001, $steps, 100.0, _) > 100.0) made += 0.2;
    colour = vec4(made, 1);
}
""")  # noqa: E501
ITERATIONS, STEPS = 100, 1000


class Mandelbulb(Programs):
    """MandelbulbVAR-1k: powers 2 to 18 under 61 rules, 1037 classes, on white: from a random side, in three random
    colours by orbit traps.

    The work is bounded: at most 1000 steps per ray with 100 iterations each, as in the source, which takes up to 10,000
    steps for shadows. An image is drawn at its own size with 2x2 samples per pixel, like the source's images, not at
    512 px, because the solids do not have a resolution. Each program is compiled once per worker; the images of one
    program in a batch are drawn together.

    Args:
        limit: use only the first classes, up to this number; 0 for all.
    """

    def __init__(self, limit: int = 0) -> None:
        if limit < 0:
            raise UsageError(f"limit must be at least 0, not {limit}.")
        names = [f"power-{power:02d}-rule-{rule:03d}" for power in POWERS for rule in RULES]
        self.labels = tuple(names[: limit or None])
        self.times = (0.0, SECONDS)

    def source(self, label: int) -> str:
        """The GLSL of a class."""
        power, rule = POWERS[label // len(RULES)], RULES[label % len(RULES)]
        return _PROGRAM.substitute(
            power=power, rule=rule, direction=direction(rule), iterations=ITERATIONS, steps=STEPS
        )

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        return _reduced(super().render(label, rng, SAMPLES * size))

    def render_batch(self, labels: Sequence[int], rngs: Sequence[np.random.Generator], size: int) -> np.ndarray:
        return np.stack([_reduced(image) for image in super().render_batch(labels, rngs, SAMPLES * size)])


def direction(rule: int) -> str:
    """GLSL of the vector of a rule: for each of x, y, z three of the nine bits, the highest first, select sine or
    cosine, theta or phi, and the sign."""
    bits = [bit == "1" for bit in f"{rule:09b}"]
    parts = [
        f"{'-' if bits[i + 2] else ''}{'sin' if bits[i] else 'cos'}({'theta' if bits[i + 1] else 'phi'})"
        for i in (0, 3, 6)
    ]
    return f"vec3({', '.join(parts)})"


def _reduced(image: np.ndarray) -> np.ndarray:
    size = len(image) // SAMPLES
    return np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.LANCZOS))
