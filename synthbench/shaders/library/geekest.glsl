// The names that TwiGL's geekest programs expect, written for synthbench. Integer-hash gradients instead of permutation polynomials:
// the fields have the same lattice, support and range, but other values than TwiGL's own.
const float PI = 3.141592653589793;
const float PI2 = 6.283185307179586;

uint synthbench_hash(uvec4 v) {
    v = v * 1664525u + 1013904223u;
    v.x += v.y * v.w; v.y += v.z * v.x; v.z += v.x * v.y; v.w += v.y * v.z;
    v ^= v >> 16u;
    v.x += v.y * v.w; v.y += v.z * v.x; v.z += v.x * v.y; v.w += v.y * v.z;
    return v.x ^ v.w;
}
float synthbench_corner(uint h, vec4 offset, float reach, int n) {
    float fall = max(reach - dot(offset, offset), 0.0);
    vec4 g = vec4(uvec4(h, h >> 8u, h >> 16u, h >> 24u) & 255u) / 127.5 - 1.0;
    if (n < 3) g.z = 0.0;
    if (n < 4) g.w = 0.0;
    return fall * fall * fall * fall * dot(g / max(length(g), 1e-3), offset);
}
// Simplex noise in n dimensions: skew to the lattice, walk its simplex from the largest to the smallest remainder.
float synthbench_simplex(vec4 p, int n, float reach, float gain) {
    float skew = (sqrt(float(n) + 1.0) - 1.0) / float(n);
    float unskew = (1.0 - 1.0 / sqrt(float(n) + 1.0)) / float(n);
    vec4 cell = floor(p + dot(p, vec4(1.0)) * skew);
    if (n < 3) cell.z = 0.0;
    if (n < 4) cell.w = 0.0;
    vec4 rest = p - cell + dot(cell, vec4(1.0)) * unskew;
    vec4 rank = vec4(0.0);
    for (int i = 0; i < n; i++) for (int j = i + 1; j < n; j++) { if (rest[i] >= rest[j]) rank[j] += 1.0; else rank[i] += 1.0; }
    float total = 0.0;
    for (int k = 0; k <= n; k++) {
        vec4 corner = vec4(0.0);
        for (int i = 0; i < n; i++) corner[i] = rank[i] < float(k) ? 1.0 : 0.0;
        vec4 offset = rest - corner + float(k) * unskew;
        if (n < 3) offset.z = 0.0;
        if (n < 4) offset.w = 0.0;
        total += synthbench_corner(synthbench_hash(uvec4(ivec4(cell + corner))), offset, reach, n);
    }
    return gain * total;
}
float snoise2D(vec2 p) { return synthbench_simplex(vec4(p, 0.0, 0.0), 2, 0.5, 99.0); }
float snoise3D(vec3 p) { return synthbench_simplex(vec4(p, 0.0), 3, 0.6, 32.0); }
float snoise4D(vec4 p) { return synthbench_simplex(p, 4, 0.6, 27.0); }
float fsnoise(vec2 c) { return fract(sin(dot(c, vec2(12.9898, 78.233))) * 43758.5453); }
float fsnoiseDigits(vec2 c) { return fract(sin(dot(c, vec2(0.129898, 0.78233))) * 437.585453); }
vec3 hsv(float h, float s, float v) {
    vec3 ramp = clamp(abs(fract(vec3(h) + vec3(1.0, 2.0 / 3.0, 1.0 / 3.0)) * 6.0 - 3.0) - 1.0, 0.0, 1.0);
    return v * mix(vec3(1.0), ramp, s);
}
mat2 rotate2D(float angle) { float c = cos(angle), s = sin(angle); return mat2(c, s, -s, c); }
mat3 rotate3D(float angle, vec3 axis) {
    vec3 a = normalize(axis);
    float c = cos(angle), s = sin(angle);
    return mat3(c) + (1.0 - c) * outerProduct(a, a) + s * mat3(0.0, -a.z, a.y, a.z, 0.0, -a.x, -a.y, a.x, 0.0);
}
