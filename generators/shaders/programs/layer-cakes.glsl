// Slices of layer cake on plates and doilies: sponge, cream and jam, drips, sprinkles and berries, on a checked cloth.
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
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	vec2 g = floor(rot(.785)*p*4.); vec3 cloth = mix(hue(pick(1.)), vec3(.95), mod(g.x + g.y, 2.)*.6 + .2), col = p.y < .3 ? cloth*(.8 + .3*p.y) : mix(hue(pick(2.))*.6, vec3(.8), .3)*(.7 + .4*fbm(p*3. + scene));
	for (int i = 0; i < 5; i++) {
		float k = float(i)*11. + 10., s = mix(.45, .85, float(i)/4.)*mix(.7, 1.1, pick(k)); vec2 q = (p - vec2(2.4*pick(k + 1.) - 1.2, mix(.1, -.75, float(i)/4.)))/s;
		float plate = length(q*vec2(1, 3.) + vec2(0, .25)); col *= 1. - .35*S(1.1, .7, length(q*vec2(.9, 2.6) + vec2(-.1, .5)));
		if (plate < .95) col = mix(vec3(.95), hue(pick(k + 2.)), S(.03, .02, abs(plate - .8)))*(.75 + .25*S(.9, .4, plate));
		float w = .55, h = mix(.5, 1., pick(k + 3.)), top = h + .1*(q.x + w), n = floor(2. + 3.*pick(k + 4.)), y = q.y/top*n, f = fract(y);
		vec3 sponge = mix(vec3(.85, .65, .35), mix(vec3(.3, .16, .08), hue(pick(k + 5.)), .5), step(.4, pick(k + 6.))), cream = mix(vec3(1, .97, .9), hue(pick(k + 7.)), .5*pick(k + 8.));
		float lid = (q.y - top)/.22; float drip = top - .12 - .14*noise(vec2(q.x*9., k));
		if (abs(q.x) < w && q.y > 0. && q.y < top) { col = f > .72 ? (mod(floor(y), 2.) < 1. ? cream : hue(.95 + .1*pick(k + 9.))*.8) : sponge*(.7 + .5*noise(q*28.)); if (q.y > drip) col = cream*.9; col *= .75 + .35*S(-w, w, q.x); }
		if (lid > 0. && lid < 1. && abs(q.x - .25*lid) < w*(1. - lid*.85)) { col = cream*1.05; if (rnd(floor(q*vec2(26, 34)) + k) > .8) col = hue(rnd(floor(q*vec2(26, 34)))); }
		vec2 b = q - vec2(.05, top + .2); float r = length(b)/.16; if (r < 1.) col = hue(.97 + .12*pick(k + 10.))*vec3(1, .5, .6)*(.3 + .8*S(1., .2, length(b/.16 - vec2(-.3, .4)))) + .5*S(.2, .1, length(b/.16 - vec2(-.35, .4)));
	}
	color = vec4(col, 1.);
}
