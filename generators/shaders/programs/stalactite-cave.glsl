// A show cave: stalactites and stalagmites in ranks, some joined to columns, coloured lamps, banding, and a still pool below.
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
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	float pool = -.55 - .2*pick(1.), under = step(p.y, pool); vec2 u = p; if (under > 0.) { u.y = 2.*pool - p.y; u.x += .02*sin(p.y*60. + run*6.28); } vec3 glow = hue(pick(2.)), glow2 = hue(pick(3.)), col = mix(glow*.5, vec3(.02), length(u - vec2(pick(4.) - .5, .1)))*(.6 + .7*fbm(u*3. + scene));
	for (int i = 0; i < 6; i++) {
		float z = float(i)/5., n = mix(7., 1.6, z), x = u.x*n + 7.*float(i) + scene + .2*run*z; for (int j = 0; j < 4; j++) { float id = floor(x) + (j > 1 ? 40. : 0.), up = j%2 == 0 ? 1. : -1., k = rnd(vec2(id, float(i) + 9.*up)), edge = mix(.25, 1.05, z)*mix(.8, 1.1, pick(9.)), L = mix(.15, 1.1, k*k)*mix(.6, 1., z), y = edge - up*u.y + .0; float f = fract(x) - .5 - .4*(rnd(vec2(id, 5.)) - .5), w = .48*pow(clamp(1. - y/L, 0., 1.), mix(.5, 1.4, rnd(vec2(id, 7.))))*(1. + .12*sin(y*n*9. + k*9.)) + .25*S(.12, .0, y); if (abs(f) < w || y < .02 + .05*noise(vec2(x, z))) { float a = f/max(w, .05); vec3 stone = mix(vec3(.75, .62, .48), mix(glow, glow2, S(-1., 1., u.x + up*.5)), .55)*(.7 + .35*sin(y*n*14. + 4.*noise(vec2(x*3., y*4.)))); col = mix(glow*.2, stone*(.2 + .8*sqrt(max(1. - pow(clamp(a + .3*sign(u.x), -1., 1.), 2.), 0.))), mix(.25, 1., z)*mix(1., .55, step(.9, z)*pick(5.))); } }
	}
	if (under > 0.) col = col*mix(vec3(.5), glow2, .35) + .06*S(.5, .8, noise(p*vec2(5, 40) + run));
	color = vec4(col, 1.);
}
