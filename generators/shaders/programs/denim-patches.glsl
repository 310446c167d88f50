// Worn denim with patches: twill, seams in double stitching, rivets, pockets, frayed holes and sewn-on cloth of other kinds.
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
	vec2 u = rot(pick(1.)*6.28)*p; vec3 indigo = mix(vec3(.2, .32, .55), hue(pick(2.)), mix(.05, .6, pick(3.)))*mix(.5, 1.2, pick(4.)), col = indigo*(.7 + .3*sin((u.x*.6 + u.y)*mix(60., 110., pick(5.))))*(.7 + .6*fbm(u*2. + scene)); col = mix(col, vec3(.85, .88, .92), .4*S(.5, .8, fbm(u*vec2(2, 5) + 40. + scene)));
	for (int i = 0; i < 8; i++) {
		float k = float(i)*9. + 10.; vec2 B = vec2(mix(.15, .55, pick(k)), mix(.12, .5, pick(k + 1.))), q = rot(mix(-.5, .5, pick(k + 2.)) + pick(1.)*6.28)*(p - 2.2*vec2(pick(k + 3.), pick(k + 4.)) + 1.1 + .02*sin(6.28*run)); float kind = floor(5.*pick(k + 5.)), d = box(q, B) - .02 + (kind < 1. ? .06*noise(q*20.) : 0.); if (kind > 3.5) { d = abs(q.y) - .07; } col *= 1. - .45*S(.06, -.01, box(q + vec2(-.03, .04), B))*step(0., d)*step(kind, 3.5);
		if (d < 0.) { vec2 g = q*mix(8., 20., pick(k + 6.)), f = fract(g) - .5; vec3 a = hue(pick(k + 7.)), b = mix(hue(pick(k + 8.)), vec3(1), .5); if (kind < 1.) col = vec3(.9)*(.4 + .6*abs(sin(q.y*90. + 5.*noise(q*9.))))*S(.0, -.05, d); else if (kind < 2.) col = mix(a, b, .5*step(0., f.x) + .5*step(0., f.y)); else if (kind < 3.) col = mix(a, b, S(.3, .25, length(f))); else if (kind < 4.) col = indigo*1.2*(.75 + .25*sin((q.x - q.y)*80.)); else col = indigo*(.8 + .3*sin((u.x*.6 + u.y)*80.))*(.7 + .5*S(.07, .0, abs(q.y))); col *= .8 + .3*noise(q*40.); if (abs(d + .035) < .012 && fract((q.x + q.y)*16.) < .6) col = vec3(.95, .65, .2); vec2 rv = abs(q) - B + .06; if (kind > 2.5 && kind < 4. && length(rv) < .035) col = vec3(.85, .55, .3)*(.6 + 9.*(.03 - length(rv))); }
	}
	color = vec4(col, 1.);
}
