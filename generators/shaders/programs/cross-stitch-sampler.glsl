// A sampler in cross stitch: crossed threads build mirrored motifs, borders and rows of hearts on an even linen weave.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { vec3 q = fract(p.xyx*.1031); q += dot(q, q.yzx + 33.33); return fract((q.x + q.y)*q.z); }
float pick(float k) { return rnd(vec2(scene, k*1.37)); }  // a random number of this scene
float noise(vec2 p) {
	vec2 i = floor(p), f = p - i, e = vec2(1, 0);
	f *= f*(3. - 2.*f);
	return mix(mix(rnd(i), rnd(i + e), f.x), mix(rnd(i + e.yx), rnd(i + 1.), f.x), f.y);
}
float fbm(vec2 p) { float s = 0., a = .53; for (int i = 0; i < 4; i++) { s += a*noise(p); p = mat2(1.6, 1.2, -1.2, 1.6)*p + 7.; a *= .5; } return s; }
vec3 hue(float h) { return .55 + .45*cos(6.2832*(h + vec3(0, .33, .67))); }
mat2 rot(float a) { float c = cos(a), s = sin(a); return mat2(c, s, -s, c); }
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	float n = mix(18., 40., pick(1.)); vec2 u = rot((pick(2.) - .5)*.3)*p*n + scene*8. + run*2., id = floor(u), f = fract(u) - .5; vec3 linen = mix(vec3(.9, .85, .75), hue(pick(3.)), mix(.0, .7, pick(4.))), col = linen*(.7 + .25*sin(u.x*12.566)*sin(u.y*12.566)); float T = floor(mix(9., 17., pick(5.))); vec2 tile = floor(id/T), c = mod(id, T) - floor(T*.5); float k = rnd(tile + scene), border = step(floor(T*.5) - .5, max(abs(c.x), abs(c.y))); vec2 m = abs(c); float a = 0.;
	if (k < .3) { m.y = c.y; a = step(length(vec2(c.x, c.y - .7*m.x + 1.)), T*.33); } else if (k < .6) a = step(.45, rnd(min(m.xy, m.yx) + 9.*max(m.x, m.y) + k*50.))*step(m.x + m.y, T*.5); else if (k < .8) a = step(abs(mod(m.x + m.y, 4.) - 2.), .6); else a = step(rnd(vec2(m.x, c.y) + k*70.), .5)*step(max(m.x, m.y), T*.32); if (border > 0.) a = mod(id.x + id.y, 3.) < 1.5 ? 1. : 0.;
	vec3 silk = hue(border > 0. ? pick(6.) : rnd(tile + 4.) + .25*floor(length(c)*.35))*mix(.5, 1., rnd(tile + 8.)); float t1 = abs(f.x - f.y), t2 = abs(f.x + f.y); if (a > 0.) { if (t2 < .3) col = silk*(.5 + .35*cos(t2*5.) + .1*sin((f.x - f.y)*40.)); if (t1 < .3) col = silk*(.65 + .5*cos(t1*5.) + .1*sin((f.x + f.y)*40.)); col *= S(.72, .5, length(f)); } col *= .85 + .3*fbm(p*1.5 + scene);
	color = vec4(col, 1.);
}
