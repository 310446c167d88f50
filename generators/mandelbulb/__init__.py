"""Mandelbulbs: solids of a power of spherical coordinates, under many rules of signs and angles, ray-marched. A class is a power and a rule.

Source: Chiche et al. 2024, "Pre-training Vision Models with Mandelbulb Variations"; its MandelbulbVariationsGenerator at 538f5e1. The
original has 61 rules; which ones is our choice.
"""

from __future__ import annotations

from itertools import product
from string import Template

from synthbench.errors import UsageError
from synthbench.shaders.programs import Programs

POWERS = range(2, 19)
SECONDS = 1000.0
"""Time is the seed of a picture: the camera and the colours are fractional parts of multiples of it."""


def _rules() -> list[str]:
    """GLSL of z^n over r^n from a = n acos(z / r), b = n atan(y, x).

    The usual rule is (sin a cos b, sin a sin b, cos a). Others exchange the two angles, sine and cosine of either, and the signs of the three
    coordinates: 64, less the last three of the list (for 61, as the original has).
    """
    rules = []
    for exchange, other_a, other_b, *signs in product((0, 1), (0, 1), (0, 1), (1, -1), (1, -1), (1, -1)):
        a, b = ("b", "a") if exchange else ("a", "b")
        (f, g), (u, v) = ("cos", "sin") if other_a else ("sin", "cos"), ("sin", "cos") if other_b else ("cos", "sin")
        x, y, z = ("" if sign > 0 else "-" for sign in signs)
        rules.append(f"vec3({x}{f}({a}) * {u}({b}), {y}{f}({a}) * {v}({b}), {z}{g}({a}))")
    return rules[:61]


RULES = _rules()

_PROGRAM = Template("""// Mandelbulb: power $power, rule $number
vec4 trap;  // the least |x|, |y|, |z| and squared radius on the way

float distanceTo(vec3 c) {
    vec3 p = c;
    float r = length(p), slope = 1.0;
    trap = vec4(10.0);
    for (int i = 0; i < 4; i++) {
        if (r > 2.0) break;
        float a = $power.0 * acos(clamp(p.z / r, -1.0, 1.0)), b = $power.0 * atan(p.y, p.x), s = pow(r, $power.0 - 1.0);
        slope = $power.0 * s * slope + 1.0;
        p = s * r * $rule + c;
        trap = min(trap, vec4(abs(p), dot(p, p)));
        r = length(p) + 1e-9;
    }
    return 0.4 * log(r) * r / slope;
}

float pick(float multiple) { return fract(iTime * multiple); }

vec3 hue(float turn, float saturation) {
    return 1.0 - saturation * clamp(2.0 - abs(mod(6.0 * turn + vec3(3, 1, 5), 6.0) - 3.0), 0.0, 1.0);
}

void mainImage(out vec4 colour, in vec2 pixel) {
    vec2 uv = (2.0 * pixel - iResolution.xy) / iResolution.y;
    float yaw = 6.2832 * pick(0.6180), height = 1.8 * pick(0.7549) - 0.9;
    vec3 sight = -vec3(sqrt(1.0 - height * height) * vec2(cos(yaw), sin(yaw)), height);
    vec3 right = normalize(cross(sight, vec3(0, 0, 1))), up = cross(right, sight);
    float turn = 6.2832 * pick(0.5698);
    uv = mat2(cos(turn), sin(turn), -sin(turn), cos(turn)) * uv;
    vec3 eye = -2.6 * $bound * sight, ray = normalize(sight + mix(0.33, 0.5, pick(0.8192)) * (uv.x * right + uv.y * up));
    float near = dot(eye, ray), beyond = near * near - dot(eye, eye) + $bound * $bound;  // no point outside of this sphere stays
    colour = vec4(0, 0, 0, 1);
    if (beyond < 0.0) return;
    float t = -near - sqrt(beyond), far = -near + sqrt(beyond), least = 0.6 / iResolution.y, d = 1.0;
    for (int i = 0; i < 56; i++) {
        d = distanceTo(eye + t * ray);
        if (d < least || t > far) break;
        t += d;
    }
    if (t > far) return;
    vec3 at = eye + t * ray, normal = vec3(0);
    vec4 own = trap;
    for (int i = 0; i < 4; i++) {
        vec3 corner = vec3(i & 1, (i >> 1) & 1, (i + 1 >> 1) & 1) * 2.0 - 1.0;
        normal += corner * distanceTo(at + 1.5 * least * corner);
    }
    normal = normalize(normal + 1e-9);
    vec3 light = normalize(-sight + 0.8 * up - 0.6 * right);
    float bright = 0.25 + 0.75 * max(dot(normal, light), 0.0) + 0.2 * max(dot(normal, -light), 0.0);
    vec3 paint = mix(hue(pick(0.3247), 0.9), hue(pick(0.2451), 0.7), clamp(own.w * own.w, 0.0, 1.0));
    paint = mix(paint, hue(pick(0.1673), 0.8), sqrt(clamp(0.8 * own.y, 0.0, 1.0)));
    paint = mix(paint, hue(pick(0.4142), 0.6), clamp(1.5 * own.x - 0.1, 0.0, 1.0));
    float open = smoothstep(0.0, 0.6, sqrt(own.w));
    colour = vec4(paint * bright * mix(0.35, 1.1, open), 1);
}
""")


class Mandelbulb(Programs):
    """MandelbulbVAR: powers 2 to 18 under 61 rules, 1037 classes, from a random side, coloured by orbit traps, on black.

    Bounded work: at most 56 steps a ray, of 4 iterations each. Each program is compiled once per worker; the images of one program in a
    batch are drawn together.

    Args:
        limit: take the first so many classes; 0 for all.
    """

    def __init__(self, limit: int = 0) -> None:
        if limit < 0:
            raise UsageError(f"limit must be at least 0, not {limit}.")
        names = [f"power-{power:02d}-rule-{rule:02d}" for power in POWERS for rule in range(len(RULES))]
        self.labels = tuple(names[: limit or None])
        self.times = (0.0, SECONDS)

    def source(self, label: int) -> str:
        """The GLSL of a class."""
        power, number = POWERS[label // len(RULES)], label % len(RULES)
        return _PROGRAM.substitute(power=power, number=number, rule=RULES[number], bound=f"{2 ** (1 / (power - 1)):.4f}")
