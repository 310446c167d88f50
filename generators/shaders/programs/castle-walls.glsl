// Castles on hills: crenellated curtain walls, round and square towers with cone roofs, slits, gates, flags and moats.
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
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	float dusk = pick(1.); vec3 air = mix(hue(pick(2.)), vec3(1, .9, .8), .5), col = mix(air, hue(pick(3.))*mix(.9, .35, dusk), S(-.2, 1., p.y)); vec2 sun = p - vec2(1.6*pick(4.) - .8, .6*pick(5.)); col += vec3(1, .8, .5)*(.4*exp(-4.*length(sun)) + step(length(sun), .12)); vec3 stone = mix(vec3(.62, .57, .48), hue(pick(6.)), .3);
	for (int i = 0; i < 3; i++) { float z = float(i), y = .1 - .2*z + .4*(fbm(vec2(p.x*1.3 + z*9., scene)) - .4); if (p.y < y) col = mix(hue(.2 + .2*pick(7.))*mix(.5, .8, noise(p*vec2(8, 14) + z)), air, .65 - .25*z); }
	for (int i = 0; i < 11; i++) {
		float k = float(i)*9. + 20., z = floor(float(i)/4.)/2., s = mix(.35, .7, z), wall = step(float(int(i)%4), .5), w = wall > 0. ? 1.4 : mix(.12, .3, pick(k)), base = mix(-.3, -.85, z), h = wall > 0. ? mix(.35, .5, pick(k + 1.)) : mix(.55, 1.5, pick(k + 1.)), cx = wall > 0. ? .6*(pick(k + 2.) - .5) : 2.2*pick(k + 2.) - 1.1; vec2 q = (p - vec2(cx, base))/s; float roundt = step(.4, pick(k + 3.))*(1. - wall), x = q.x/w, top = h + .07*step(.5, fract(q.x*9.)); float cone = step(.5, pick(k + 4.))*(1. - wall);
		float flag = max(abs(q.y - h - .95 - .03*sin(q.x*20. + run*12.)) - .07, abs(q.x - .13) - .13); if (cone > 0. && flag < 0.) col = hue(pick(k + 5.)); if (cone > 0. && abs(q.x) < .01 && q.y > h && q.y < h + 1.05) col = vec3(.15);
		if (cone > 0. && q.y > h && q.y < h + .7 && abs(x) < 1.25*(1. - (q.y - h)/.7)) col = mix(vec3(.45, .2, .2), hue(pick(8.)), .5)*(.5 + .5*S(1., -1., x))*(.8 + .3*step(.5, fract(q.y*12.)));
		if (abs(x) < 1. && q.y < top && q.y > -.4) { float lon = roundt > 0. ? asin(clamp(x, -.99, .99)) : x; vec2 b = vec2(lon*w*9., q.y*14.); b.x += .5*mod(floor(b.y), 2.); float n = rnd(floor(b) + k); col = stone*(.7 + .35*n)*S(.0, .12, min(fract(b.x), fract(b.y)))*mix(.55, 1., S(1., -.6, roundt*x*sign(sun.x - p.x + cx*.0 + .01))); col *= mix(1., .7, S(h - .16, h - .1, q.y)*step(q.y, h - .08)); if (box(vec2(fract(lon*1.5 + .5) - .5, mod(q.y, .4) - .2), vec2(.05, .08)) < 0.) col = dusk > .5 ? vec3(1, .8, .4) : vec3(.08); vec2 g = vec2(q.x, q.y); if (wall > 0. && max(abs(g.x) - .14, g.y - .2) < 0. || length(g - vec2(0, .2))*wall < .14*wall) col = vec3(.12, .08, .06) + .15*step(.8, fract(g.x*18.)); col = mix(col, air, .4*(1. - z)); }
	}
	float moat = -.8 - .1*pick(9.); if (p.y < moat) col = mix(vec3(.15, .35, .4), air, .4*noise(p*vec2(3, 30) + run*3.)) + .1*hue(pick(10.));
	color = vec4(col, 1.);
}
