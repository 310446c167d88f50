// Hot-air balloons near and far, gored and striped envelopes with baskets, drifting over patchwork fields and hills.
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
	vec3 air = mix(hue(.5 + .25*pick(1.)), vec3(.95), .35), low = mix(hue(pick(2.)), vec3(1, .85, .7), .6);
	vec3 col = mix(low, air*.8, S(-.4, .9, p.y));
	col = mix(col, vec3(1), .7*S(.45, .75, fbm(p*vec2(1.2, 3.) + scene + run*.2))*S(-.4, .2, p.y));
	float rim = -.35 + .3*pick(3.), y = rim + .1*fbm(p.xx*2. + scene);
	if (p.y < y) { float z = 1./(y - p.y + .1); vec2 g = vec2(p.x*z, z)*1.3 + scene, id = floor(g + .3*noise(g)); col = mix(hue(.15 + .3*rnd(id))*mix(.35, .9, rnd(id + 7.))*(.7 + .3*sin(dot(g, vec2(rnd(id), rnd(id + 3.)))*40.)), low, S(2., 9., z)); }
	for (int i = 0; i < 9; i++) {
		float k = float(i)*7. + 10., s = mix(.07, .5, pow(float(i)/8., 2.))*mix(.7, 1.3, pick(k));
		vec2 c = (p - vec2(2.6*pick(k + 1.) - 1.3 + .2*run*(pick(k + 3.) - .5), mix(-.2, .8, pick(k + 2.))))/s;
		float squeeze = c.y > 0. ? 1. : 1. + .5*c.y*c.y, w = length(c*vec2(squeeze, c.y > 0. ? 1. : .72));
		float lon = asin(clamp(c.x*squeeze/sqrt(max(1. - min(c.y*c.y*.52, .98), .02)), -1., 1.)) + .3*scene;
		float stripe = pick(k + 4.) < .6 ? sin(lon*mix(4., 10., pick(k + 5.))) : sin(c.y*9. + 3.*abs(sin(lon*5.))*step(.5, pick(k + 6.)));
		vec3 cloth = mix(hue(pick(k + 7.)), mix(hue(pick(k + 8.)), vec3(1), .3), step(0., stripe));
		if (c.y > -1.35 && w < 1.) col = mix(cloth*mix(.35, 1.15, S(-1., .9, c.x*.7 + c.y*.4))*(.85 + .15*cos(lon*20.)), air, .5*S(.3, .05, s));
		if (box(c + vec2(0, 1.75), vec2(.16, .12)) < 0.) col = vec3(.35, .2, .1)*(.7 + .5*step(.5, fract(c.y*12.)));
		if (abs(abs(c.x) - .16 - .12*(c.y + 1.65)) < .02 && c.y < -1.2 && c.y > -1.65) col *= .4;
	}
	color = vec4(col, 1.);
}
