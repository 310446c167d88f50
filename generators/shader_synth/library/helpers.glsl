//: helper hash
// A random number in 0..1 for each n.
float hash(float n) { n = fract(n*.1031 + .71); n *= n + 33.33; n *= n + n; return fract(n); }

//: helper hash2
// A random number in 0..1 for each grid point.
float hash2(vec2 p) { vec3 q = fract(p.xyx*.1031); q += dot(q, q.yzx + 33.33); return fract((q.x + q.y)*q.z); }

//: helper pick
// The k-th random number of this scene.
float pick(float k) { return hash2(vec2(scene, k*1.37)); }

//: helper rot
mat2 rot(float a) { float c = cos(a), s = sin(a); return mat2(c, s, -s, c); }

//: helper noise
// Value noise in 0..1.
float noise(vec2 p) {
	vec2 i = floor(p), f = p - i, e = vec2(1, 0);
	f *= f*(3. - 2.*f);
	return mix(mix(hash2(i), hash2(i + e), f.x), mix(hash2(i + e.yx), hash2(i + 1.), f.x), f.y);
}

//: helper fbm
// Four octaves of noise, 0..1.
float fbm(vec2 p) {
	float sum = 0., amp = .53;
	for (int i = ZERO; i < 4; i++) { sum += amp*noise(p); p = mat2(1.6, 1.2, -1.2, 1.6)*p + 7.3; amp *= .5; }
	return sum;
}

//: helper ridged
// Four octaves of sharp crests, 0..1.
float ridged(vec2 p) {
	float sum = 0., amp = .55;
	for (int i = ZERO; i < 4; i++) { float n = 1. - abs(2.*noise(p) - 1.); sum += amp*n*n; p = mat2(1.6, 1.2, -1.2, 1.6)*p + 3.1; amp *= .5; }
	return sum;
}

//: helper cells
// Voronoi cells: distance to the nearest point, to the border, and a random number of the cell.
vec3 cells(vec2 p) {
	vec2 base = floor(p);
	vec3 best = vec3(9, 9, 0);
	for (int i = ZERO; i < 9; i++) {
		vec2 c = base + vec2(i%3 - 1, i/3 - 1);
		float id = hash2(c), d = length(c + .1 + .8*vec2(id, hash(id*91.7)) - p);
		if (d < best.x) best = vec3(d, best.x, id); else best.y = min(best.y, d);
	}
	return vec3(best.x, best.y - best.x, best.z);
}

//: helper hsv
vec3 hsv(float h, float s, float v) { return v*mix(vec3(1), clamp(abs(fract(h + vec3(0, .667, .333))*6. - 3.) - 1., 0., 1.), s); }

//: helper slab
// Distance to a rectangle of half sides b.
float slab(vec2 p, vec2 b) { p = abs(p) - b; return min(max(p.x, p.y), 0.) + length(max(p, 0.)); }

//: helper bar
// Distance to the segment a-b.
float bar(vec2 p, vec2 a, vec2 b) { p -= a; b -= a; return length(p - b*clamp(dot(p, b)/dot(b, b), 0., 1.)); }

//: helper block
// Distance to a box of half sides b.
float block(vec3 p, vec3 b) { p = abs(p) - b; return min(max(p.x, max(p.y, p.z)), 0.) + length(max(p, 0.)); }

//: helper rod
// Distance to the segment a-b in space.
float rod(vec3 p, vec3 a, vec3 b) { p -= a; b -= a; return length(p - b*clamp(dot(p, b)/dot(b, b), 0., 1.)); }

//: helper drum
// Distance to an upright cylinder of radius r and half height h.
float drum(vec3 p, float r, float h) { vec2 d = vec2(length(p.xz) - r, abs(p.y) - h); return min(max(d.x, d.y), 0.) + length(max(d, 0.)); }

//: helper blend
// Smooth minimum.
float blend(float a, float b, float k) { float h = max(k - abs(a - b), 0.)/k; return min(a, b) - h*h*k*.25; }

//: helper lit
// Sunlight, skylight and gloss on a surface of normal n, seen along v.
vec3 lit(vec3 paint, vec3 n, vec3 v, float gloss, float shadow) {
	float day = max(dot(n, sun), 0.)*shadow, shine = pow(max(dot(reflect(v, n), sun), 0.), 24.)*shadow;
	return paint*(day*sunlight + (.6 + .4*n.y)*skylight) + gloss*shine*sunlight;
}
