// Neon signs over a wet alley: glowing tubes bent to letters, arrows, stars and cups, brackets, brick and puddle reflections.
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
float box(vec2 p, vec2 b) { p = abs(p) - b; return min(max(p.x, p.y), 0.) + length(max(p, 0.)); }
float bar(vec2 p, vec2 a, vec2 b) { p -= a; b -= a; return length(p - b*clamp(dot(p, b)/dot(b, b), 0., 1.)); }
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	float street = -.45 - .2*pick(1.), m = p.y < street ? 1. : 0.; vec2 u = p; if (m > 0.) { u.y = 2.*street - p.y; u.x += .04*(noise(p*vec2(6, 30) + run*2.) - .5); } vec2 b = u*vec2(4, 9); b.x += .5*mod(floor(b.y), 2.); vec3 col = mix(vec3(.2, .12, .1), hue(pick(2.))*.2, .5)*(.6 + .6*rnd(floor(b)))*S(.0, .1, min(fract(b.x), fract(b.y))); vec2 w = vec2(fract(u.x*1.3 + pick(3.)) - .5, fract(u.y*1.1) - .5); if (box(w, vec2(.2, .25)) < 0. && pick(4.) < .6) col = mix(vec3(.05, .06, .1), vec3(.8, .6, .3), step(.6, rnd(floor(u*1.3 + pick(3.))))*.6);
	for (int i = 0; i < 9; i++) {
		float k = float(i)*9. + 20., s = mix(.12, .38, pick(k)), flick = step(.08, fract(run*7. + pick(k + 1.))); vec2 q = (u - vec2(2.4*pick(k + 2.) - 1.2, mix(street + .2, .95, pick(k + 3.))))/s; float kind = floor(pick(k + 4.)*5.), d = 9., a = atan(q.y, q.x); vec3 c = mix(hue(pick(k + 5.)), vec3(1), .1);
		if (kind < 1.) d = abs(length(q) - .8); else if (kind < 2.) d = abs(length(q)*(1. + .35*cos(a*5. + 1.57)) - .7); else if (kind < 3.) { vec2 e = q; e.x = abs(e.x); d = min(min(bar(e, vec2(0, .8), vec2(.5, .2)), abs(max(e.x*.0 + abs(q.x) - .2, abs(q.y + .3) - .5))), 9.); } else if (kind < 4.) { vec2 h = vec2(abs(q.x), q.y); d = abs(length(h - vec2(0, .75*h.x - .1)) - .7); } else { vec2 e0 = vec2(-.6, -.7); for (int j = 0; j < 5; j++) { vec2 e1 = vec2(.6, .7)*(floor(3.*vec2(pick(k + float(j)*.31), pick(k + float(j)*.53 + .2))) - 1.); d = min(d, bar(q, e0, e1)); e0 = e1; } }
		if (d < .22 && m < .5) col *= .6; col += c*flick*(.9*S(.1, .03, d)*mix(vec3(1), c, .3) + .05/(d*d + .06)*s) + flick*.7*S(.045, .0, d);
	}
	if (m > 0.) col = col*mix(.35, .8, S(.4, .6, fbm(p*vec2(2, 6) + scene))) + .02;
	col = pow(clamp(col, 0., 1.), vec3(.75));
	color = vec4(col, 1.);
}
