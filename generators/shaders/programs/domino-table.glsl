// Dominoes on a cloth: pipped tiles standing and lying in bent rows, bevelled, with shadows.
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
float box(vec2 p, vec2 b) { p = abs(p) - b; return min(max(p.x, p.y), 0.) + length(max(p, 0.)); }
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	vec2 light = vec2(pick(1.) - .5, .3)*.12; vec3 cloth = hue(pick(2.))*mix(.25, .8, pick(3.)), ivory = mix(vec3(.95, .92, .82), hue(pick(4.))*.4, step(.6, pick(5.))), pip = dot(ivory, vec3(.33)) > .5 ? vec3(.08) : vec3(.95);
	vec3 col = cloth*(.7 + .3*noise(p*30.) + .2*fbm(p*2. + scene))*(1. + .3*p.y);
	float big = mix(.25, .6, pick(6.));
	for (int i = 0; i < 14; i++) {
		float k = float(i)*7. + 10., a = pick(7.) < .5 ? float(i)*.5 + scene : 6.28*pick(k); vec2 c = pick(7.) < .5 ? vec2(cos(a), sin(a))*mix(.15, 1.1, float(i)/14.) : 2.4*vec2(pick(k + 1.), pick(k + 2.)) - 1.2;
		mat2 m = rot(a + .2*run*(pick(k + 5.) - .5)); vec2 q = m*(p - c)/big, s = m*(p - c + light)/big;
		col *= 1. - .55*S(.06, -.06, box(s, vec2(.27, .56)));
		float d = box(q, vec2(.27, .56)); if (d > 0.) continue;
		vec2 h = vec2(q.x, abs(q.y) - .28)/.19; float n = floor(7.*pick(k + (q.y > 0. ? 3. : 4.))), dots = 9.;
		if (mod(n, 2.) > .5) dots = length(h);
		if (n > 1.5) { vec2 g = h; dots = min(dots, min(length(g - .75), length(g + .75))); }
		if (n > 3.5) dots = min(dots, min(length(h - vec2(.75, -.75)), length(h - vec2(-.75, .75))));
		if (n > 5.5) dots = min(dots, length(vec2(abs(h.x) - .75, h.y)));
		vec3 ink = mix(pip, hue(n*.17), step(.5, pick(8.)));
		col = ivory*(.75 + .3*S(0., -.07, d))*(1. + .25*dot(q, vec2(-.4, .6)));
		col = mix(col, ink, S(.3, .22, dots)); if (abs(q.y) < .015) col *= .5;
	}
	color = vec4(col, 1.);
}
