// Iron filings about magnets: short strokes along field lines crowding the poles, over paper with painted bars and horseshoes.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { vec3 q = fract(p.xyx*.1031); q += dot(q, q.yzx + 33.33); return fract((q.x + q.y)*q.z); }
float pick(float k) { return rnd(vec2(scene, k*1.37)); }  // a random number of this scene
float noise(vec2 p) {
	vec2 i = floor(p), f = p - i, e = vec2(1, 0);
	f *= f*(3. - 2.*f);
	return mix(mix(rnd(i), rnd(i + e), f.x), mix(rnd(i + e.yx), rnd(i + 1.), f.x), f.y);
}
vec3 hue(float h) { return .55 + .45*cos(6.2832*(h + vec3(0, .33, .67))); }
mat2 rot(float a) { float c = cos(a), s = sin(a); return mat2(c, s, -s, c); }
float box(vec2 p, vec2 b) { p = abs(p) - b; return min(max(p.x, p.y), 0.) + length(max(p, 0.)); }
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	vec3 paper = mix(hue(pick(1.)), vec3(.95), mix(.2, .9, pick(2.))), col = paper*(.85 + .1*noise(p*60.)); vec2 field = vec2(0); float near = 9., hitk = 0.; vec2 hq = p;
	for (int i = 0; i < 3; i++) { float k = float(i)*7. + 10., a = 6.28*pick(k) + .5*run, L = mix(.15, .45, pick(k + 1.)); vec2 c = 1.8*vec2(pick(k + 2.), pick(k + 3.)) - .9, d = vec2(cos(a), sin(a)), x = p - c - L*d, y = p - c + L*d; field += x/pow(dot(x, x) + .01, 1.5) - y/pow(dot(y, y) + .01, 1.5); vec2 q = rot(a)*(p - c); float b = box(q, vec2(L, .1)); col *= 1. - .5*S(.06, -.02, box(rot(a)*(p - c + vec2(-.03, .04)), vec2(L, .1))); if (b < near) { near = b; hq = q; hitk = k; } }
	float mag = length(field); vec2 d = field/mag; float lines = 0.; for (int j = 0; j < 2; j++) { float n = mix(16., 34., pick(3.))*(1. + .5*float(j)); vec2 id = floor(p*n + float(j)*.5), f = fract(p*n + float(j)*.5) - .5; f += .4*(vec2(rnd(id), rnd(id + 7.)) - .5); float s = dot(f, d), t = dot(f, vec2(-d.y, d.x)); lines = max(lines, S(.16, .06, abs(t))*step(abs(s), .55)*step(rnd(id + 3.), .25 + .12*mag)); } vec3 iron = mix(vec3(.12), hue(pick(4.))*.4, .4); col = mix(col, mix(iron, hue(atan(d.y, d.x)/6.28 + pick(6.))*.6, step(.5, pick(5.))), lines); float ring = length(field)*.15; col = mix(col, hue(pick(7.)), .25*step(.5, fract(log(ring + .01)*2.))*step(.4, pick(8.)));
	if (near < 0.) { vec3 N = hue(pick(9.)), Sx = hue(pick(9.) + .45); col = (hq.x > 0. ? N : Sx)*(.7 + 3.*S(.0, -.1, near)*.15 + 2.*hq.y); vec2 g = vec2(abs(hq.x) - .2, hq.y); if (abs(g.x) < .01 || (abs(g.y) < .012 && abs(g.x) < .05)) col = vec3(1); }
	color = vec4(col, 1.);
}
