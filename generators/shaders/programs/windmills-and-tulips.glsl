// Windmills behind tulip rows: tapered towers with turning sails, canals, and stripes of flowers running to the horizon.
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
	vec3 air = mix(hue(pick(1.)), vec3(1), .6), col = mix(air, mix(vec3(.3, .55, .95), hue(pick(2.)), .4), S(0., 1., p.y)); col = mix(col, vec3(1), .8*S(.5, .75, fbm(p*vec2(1.3, 3.) + scene + run*.3))*S(0., .3, p.y)); float rim = .15*(pick(3.) - .5);
	if (p.y < rim) { float z = 1./(rim + .06 - p.y), van = 1.6*(pick(4.) - .5), x = (p.x - van)*z*mix(.6, 1.4, pick(5.)), id = floor(x), f = fract(x) - .5; vec3 bloom = hue(rnd(vec2(id, scene)))*vec3(1.1, .9, 1.); float dots = noise(vec2(x*9., z*30.)); col = abs(f) < .34 ? mix(vec3(.2, .45, .15), bloom, S(.3, .6, dots)) : vec3(.35, .45, .2)*(.7 + .4*noise(vec2(x*5., z*9.))); if (rnd(vec2(id, 9.)) > .85) col = mix(vec3(.4, .6, .75), air, noise(vec2(x*3., z*20. + run*3.))); col = mix(col, air, S(2., 14., z)*.8); }
	for (int i = 0; i < 4; i++) {
		float k = float(i)*9. + 20., z = float(i)/3., s = mix(.14, .55, z*z)*mix(.8, 1.3, pick(k)); vec2 q = (p - vec2(2.4*pick(k + 1.) - 1.2, rim - .02 - .35*z*z))/s; float w = .42 - .14*q.y, x = q.x/w; vec3 paint = mix(hue(pick(k + 2.)), vec3(.6, .4, .3), .5);
		if (abs(x) < 1. && q.y > 0. && q.y < 1.45) { col = paint*(.55 + .5*S(1., -1., x))*(.85 + .2*step(.5, fract(q.y*9.))); if (abs(q.y - .55) < .04) col = vec3(.95); if (box(vec2(q.x, q.y - .95), vec2(.07, .1)) < 0. || box(vec2(q.x, q.y - .17), vec2(.09, .17)) < 0.) col = vec3(.15); }
		if (length((q - vec2(0, 1.45))*vec2(1, .8)) < .26 && q.y > 1.4) col = paint*.45; vec2 c = q - vec2(0, 1.48); c = rot(run*3. + k)*c; if (abs(c.x) < abs(c.y)) c = vec2(c.y, -c.x); c.y *= sign(c.x); c.x = abs(c.x); if (c.x < 1.15 && abs(c.y) < .02) col = vec3(.25, .15, .1); if (c.x > .25 && c.x < 1.12 && c.y > .0 && c.y < .24) col = mix(vec3(.95, .93, .85), vec3(.4, .3, .2), step(.8, max(fract(c.x*8.), fract(c.y*12.)))); 
	}
	for (int i = 0; i < 16; i++) { float k = float(i)*5. + 60., s = mix(.06, .2, float(i)/15.); vec2 q = (p - vec2(2.8*pick(k) - 1.4, mix(-.5, -.95, float(i)/15.)))/s; q.x += .08*sin(6.28*run + k)*q.y; if (abs(q.x) < .06 && q.y < .0 && q.y > -4.) col = vec3(.2, .45, .15); vec2 c = q - vec2(0, .45); float cup = length(c*vec2(1.2, .85)) - .5 + .25*max(c.y, 0.)*abs(sin(c.x*7.)); if (cup < 0.) col = hue(rnd(vec2(floor(pick(k + 1.)*3.), scene)))*(.55 + .6*S(-.5, .5, c.y - c.x)); }
	color = vec4(col, 1.);
}
