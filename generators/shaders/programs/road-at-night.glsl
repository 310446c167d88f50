// Driving by night: a winding road with lane marks, headlamp pools, tail lights, street lamps, lit windows and a glow over the hills.
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
	float bend = (pick(1.) - .5)*1.6, rim = .15*(pick(2.) - .5), d = max(rim - p.y, .01), z = 1./d, mid = bend/(z + 1.) + .3*(pick(3.) - .5)*d + bend*.5*exp(-3.*d);
	vec3 dusk = hue(pick(4.))*mix(.15, .6, pick(5.)), col = mix(dusk, vec3(.03, .04, .1), S(0., .8, p.y - rim));
	col += step(.985, rnd(floor(p*70. + scene)))*S(.1, .6, p.y)*.7;
	float hill = rim + .25*fbm(p.xx*1.5 + scene)*mix(.3, 1., pick(6.));
	if (p.y < hill) col = dusk*.25 + vec3(1, .8, .4)*step(.93, rnd(floor(p*vec2(40, 50))));
	if (p.y < rim) {
		float x = (p.x - mid)*z, s = z*1.2 + run*9.;
		vec3 grass = mix(vec3(.1, .16, .07), hue(pick(7.))*.2, .4)*(.5 + noise(vec2(x*4., s*3.)));
		vec3 tar = vec3(.16)*(.8 + .4*noise(vec2(x*20., s*6.)));
		col = mix(grass, tar, S(1.35, 1.3, abs(x)));
		float mark = S(.05, .03, abs(abs(x) - 1.2)) + S(.05, .03, abs(x))*step(.5, fract(s*.5));
		col += mark*vec3(.8, .78, .65);
		col *= .4 + 3.*exp(-.22*z)*exp(-pow(x - .3, 2.)*.3)*vec3(1, .95, .75);
	}
	for (int i = 0; i < 7; i++) {
		float k = float(i), zz = 1.2 + mod(k*1.7 - run*4. + 9.*pick(8.), 11.), side = mod(k, 2.) < 1. ? -1. : 1., gy = rim - 1./zz, gx = bend/(zz + 1.) + bend*.5*exp(-3./zz);
		vec2 lamp = vec2(gx + side*2.1/zz, gy + 2./zz), car = vec2(gx + side*.6/zz, gy + .25/zz);
		if (abs(p.x - lamp.x) < .05/zz && p.y < lamp.y && p.y > gy) col = vec3(.08);
		col += vec3(1, .75, .4)*.012/(dot(p - lamp, p - lamp)*zz + .01)/zz;
		vec2 q = (p - car)*zz; vec3 tail = side > 0. ? vec3(1, .12, .08) : vec3(1, .95, .8);
		if (box(q, vec2(.42, .22)) < 0. && pick(k + 20.) < .7) col = hue(pick(k + 30.))*.2 + .1*step(.0, q.y);
		q.x = abs(q.x) - .3; if (pick(k + 20.) < .7) col += tail*.02/(dot(q, q) + .015);
	}
	col = sqrt(col);
	color = vec4(col, 1.);
}
