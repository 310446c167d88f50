// Knotted rugs: nested borders, a medallion, corner pieces and rosettes in a few dyed wools, lying over one another on boards.
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
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	vec3 col = vec3(.5, .35, .22)*mix(.5, 1.2, pick(1.))*(.7 + .4*noise(p*vec2(2, 40)))*S(.0, .02, abs(fract(p.y*3.) - .5));
	for (int i = 0; i < 3; i++) {
		float k = float(i)*11. + 10.; vec2 B = vec2(mix(.6, 1.1, pick(k)), mix(.45, .8, pick(k + 1.))), q = rot(mix(-.6, .6, pick(k + 2.)) + 1.57*floor(2.*pick(k + 2.5)))*(p - 1.2*vec2(pick(k + 3.) - .5, pick(k + 4.) - .5)); q.y += .01*sin(q.x*9. + 6.28*run); float d = max(abs(q.x) - B.x, abs(q.y) - B.y), out_ = max(abs(q.x) - B.x - .08, abs(q.y) - B.y); col *= 1. - .45*S(.06, -.03, max(abs(q.x - .03) - B.x, abs(q.y + .03) - B.y)); if (out_ < 0. && d > 0.) col = mix(col, vec3(.9, .85, .7), step(.45, fract(q.y*45.))); if (d > 0.) continue;
		q = floor(q*90.)/90.; d = max(abs(q.x) - B.x, abs(q.y) - B.y); vec3 A = hue(pick(k + 5.))*vec3(.7, .5, .5), C = mix(hue(pick(k + 6.)), vec3(.95, .88, .7), .6), D = hue(pick(k + 7.))*.35; float t = abs(q.x) - B.x > abs(q.y) - B.y ? q.y : q.x, f = fract(t*mix(5., 9., pick(k + 8.))) - .5, e = -d; vec3 c = A;
		if (e < .05) c = mod(floor(t*30.), 2.) < 1. ? D : C; else if (e < .2) { c = D; float v = (e - .125)/.075; c = mix(c, C, S(.1, .0, length(vec2(f, v*.35)) - .3 + .1*cos(6.*atan(v*.35, f)))); c = mix(c, A, S(.05, .0, abs(f) + abs(v)*.3 - .12)); } else if (e < .25) c = mod(floor(t*20.), 2.) < 1. ? A : C; else { vec2 m = abs(q), w = B - .25; float med = m.x/w.x + m.y/w.y*.9 + .06*cos(atan(m.y, m.x)*12.), corner = length((w - m)/w) - .55 + .05*cos(m.x*40.); vec2 r = fract(q*6.) - .5; c = mix(A, C, S(.05, -.05, length(r) - .16 - .09*cos(5.*atan(r.y, r.x) + floor(q.x*6.)))); if (med < .8) c = med < .28 ? D : med < .36 ? C : med < .72 ? mix(D, A, .5 + .5*sin(med*60. + 3.*cos(atan(q.y, q.x)*8.))) : C; if (corner < 0.) c = corner > -.06 ? C : mix(D, A, step(.5, fract(length(w - m)*14.))); }
		col = c*(.75 + .3*rnd(q*90. + k))*(.9 + .2*noise(q*4.));
	}
	color = vec4(col, 1.);
}
