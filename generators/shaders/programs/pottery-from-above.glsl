// Glazed bowls and plates from above: brushed rings, petals, drips and crackle, nested and overlapping on wood or stone.
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
	vec3 col = mix(vec3(.5, .36, .24), hue(pick(1.)), .4)*(.6 + .5*noise(rot(pick(2.)*3.)*p*vec2(3, 26) + scene)); vec2 l = normalize(vec2(pick(3.) - .5, .6));
	for (int i = 0; i < 11; i++) {
		float k = float(i)*9. + 10., R = mix(.6, .16, float(i)/10.)*mix(.7, 1.3, pick(k)); vec2 at = 2.3*vec2(pick(k + 1.), pick(k + 2.)) - 1.15, q = (p - at)/R; float r = length(q), a = atan(q.y, q.x) + .4*run; col *= 1. - .5*S(1.25, .9, length(q + .14*l)); if (r > 1.) continue; float n = floor(4. + 9.*pick(k + 3.)), kind = floor(5.*pick(k + 4.)), deep = mix(.5, .85, pick(k + 5.)); vec3 A = mix(hue(pick(k + 6.)), vec3(.92, .88, .8), .55*pick(k + 6.3)), B = hue(pick(k + 7.))*mix(.25, .9, pick(k + 7.5)); float v;
		if (kind < 1.) v = step(.5, fract(r*mix(3., 8., pick(k + 8.)))); else if (kind < 2.) v = S(.05, -.05, r - .35 - .35*abs(cos(a*n*.5))); else if (kind < 3.) v = S(-.05, .05, r - .6 - .3*(noise(vec2(a*4., k)) - .5)); else if (kind < 4.) v = S(.4, .3, length(vec2(fract(a*n/6.2832) - .5, (r - .72)*n*.35))); else v = S(.5, .6, fbm(q*4. + k)); col = mix(A, B, v)*(.9 + .12*sin(r*60.)); float slope = r > .93 ? -1. : r > deep ? 1. : .15*r; col *= .75 - .4*slope*dot(q/max(r, .01), l)*1.1 + .15*(1. - r); col += .45*S(.1, .0, length(q - .55*l*(1. - .2*pick(k)))) ; if (pick(k + 8.5) < .3 && r < deep) { col = mix(hue(pick(k + 8.7)), vec3(.4, .2, .1), .5)*(.8 + .3*noise(q*6. + k)) + .3*S(.02, .0, abs(r - deep + .03)); }
	}
	color = vec4(col, 1.);
}
