// White beams split by glass prisms into fans of colour, crossing in dust over dark or pale card with ruled shadows.
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
	float pale = step(.6, pick(1.)); vec3 card = mix(hue(pick(2.))*.15, mix(hue(pick(2.)), vec3(1), .6)*.7, pale), col = card*(.8 + .3*fbm(p*6. + scene))*(1. + .3*p.x);
	for (int i = 0; i < 5; i++) {
		float k = float(i)*7. + 10., R = mix(.18, .45, pick(k)), a = 6.28*pick(k + 1.) + .2*run; vec2 c = 2.*vec2(pick(k + 2.), pick(k + 3.)) - 1., d = vec2(cos(a), sin(a)), q = p - c; float along = dot(q, d), off = dot(q, vec2(-d.y, d.x)), bend = mix(.2, .7, pick(k + 4.)); if (along < 0.) col += .8*S(.03, .01, abs(off))*vec3(1, .97, .9); float h = (off/max(along, .01) - bend + .25)/.5; if (along > 0. && h > 0. && h < 1.) col += hue(.0 + .8*h)*S(0., .15, h)*S(1., .85, h)*(.9 - .5*pale)*exp(-.7*along);
		vec2 m = rot(a + .5)*q; float n = 6.2832/floor(3. + 2.9*pick(k + 5.)), f = mod(atan(m.x, m.y) + .5*n, n) - .5*n, tri = length(m)*cos(f) - R*.5; col *= 1. - .35*S(.06, -.03, length(m + .06)*cos(f) - R*.5)*step(0., tri); if (tri < 0.) { col = mix(col, mix(hue(pick(k + 6.)), vec3(.9, 1, 1), .6), .35) ; col += .6*S(.02, .0, abs(tri + .02)) + .25*step(0., sin(f*3. + k))*S(-.2, 0., tri) + hue(length(m)*3. + k)*.2; }
	}
	color = vec4(col, 1.);
}
