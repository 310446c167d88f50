// A drawer of buttons, beads and coins heaped up: rims, two or four holes, pearl, wood and brass, each casting a shadow.
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
	vec3 felt = hue(pick(1.))*mix(.15, .5, pick(2.)), col = felt*(.8 + .4*noise(p*40.)); vec2 l = normalize(vec2(pick(3.) - .5, .5)); float big = mix(.16, .4, pick(4.));
	for (int i = 0; i < 26; i++) {
		float k = float(i)*5. + 10., R = big*mix(.35, 1.2, pick(k)); vec2 at = 2.6*vec2(pick(k + 1.), pick(k + 2.)) - 1.3 + .03*sin(6.28*run + k), q = (p - at)/R; float r = length(q); col *= 1. - .55*S(1.25, .85, length((p - at)/R + .22*l)); if (r > 1.) continue;
		float kind = pick(k + 3.), slope = S(.7, .8, r) - 1.6*S(.88, 1., r); vec3 c = mix(hue(pick(k + 4.)), vec3(.85, .78, .65), step(.7, pick(k + 5.)))*mix(.35, 1., pick(k + 4.5)); float lit = .75 - .45*slope*dot(q, l)/max(r, .1);
		if (kind < .2) { vec3 n = vec3(q, sqrt(1. - r*r)); lit = max(dot(n, normalize(vec3(l, .8))), 0.) + .2 + pow(max(dot(n, normalize(vec3(l, 1.6))), 0.), 40.); c *= .7 + .5*step(0., sin(q.x*9. + 4.*q.y + k)); if (r < .2) c *= .15; }
		else { float four = step(.5, kind); vec2 h = rot(k)*q; h = vec2(abs(h.x) - .22, four > 0. ? abs(h.y) - .22 : h.y); c *= .8 + .4*(kind > .8 ? noise(q*vec2(3, 12) + k) : kind > .65 ? step(.5, fract(r*4.)) : .5 + .5*sin(atan(q.y, q.x)*3. + r*6.)); if (length(h) < .12) { c = felt*.3; lit = 1.; } if (box(h, vec2(four > 0. ? .03 : .24, .22*four + .03)) < .01 && length(h) > .1 && pick(k + 6.) < .4) c = vec3(.9); }
		col = c*lit;
	}
	color = vec4(col, 1.);
}
