// Penguins on ice: black backs, white fronts, bibs and beaks, standing in crowds among floes, under polar skies.
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
	vec3 sky0 = mix(hue(pick(1.)), vec3(1), .6), col = mix(sky0, hue(pick(2.))*.7, S(-.1, 1., p.y)); float far = .1 + .25*pick(3.);
	float berg = far + .35*S(.5, .7, noise(vec2(floor(p.x*5. + noise(p.yy*6.))/2., scene)))*pick(4.); if (p.y < berg) col = mix(vec3(.75, .9, 1), vec3(.35, .6, .8), noise(p*vec2(9, 4)));
	if (p.y < far) { float z = 1./(far + .25 - p.y); vec2 u = vec2(p.x, 1.)*z*2. + scene; col = mix(vec3(.92, .95, 1), vec3(.1, .3, .45), S(.55, .6, fbm(u*vec2(1., 1.6))))*(.8 + .3*noise(u*9.)); }
	for (int i = 0; i < 16; i++) {
		float k = float(i)*7. + 10., z = float(i)/15., s = mix(.1, .48, z*z)*mix(.8, 1.2, pick(k)); vec2 q = (p - vec2(2.8*pick(k + 1.) - 1.4, mix(far, -.85, z) + s))/s; q.x *= sign(pick(k + 2.) - .5); q = rot(.12*sin(6.28*run + k))*q; float turn = .25*pick(k + 3.);
		col *= 1. - .4*S(.5, .2, length((q - vec2(.1, -1.))*vec2(.8, 3.)));
		if (length((q - vec2(.15, -.98))*vec2(1, 2.5)) < .22 || length((q - vec2(-.2, -.98))*vec2(1, 2.5)) < .22) col = vec3(.9, .55, .15);
		float body = length((q + vec2(0, .2))*vec2(1.75, 1.)) - .8, head = length(q - vec2(.04, .68)) - .28, front = length((q + vec2(-turn, .25))*vec2(2.4, 1.1)) - .75, beak = max(abs(q.y - .68) - .08*(.65 - q.x)*2., q.x - .6);
		if (beak < 0. && q.x > .2) col = vec3(.95, .6, .15)*(.7 + .6*step(.68, q.y));
		if (min(body, head) < 0.) { vec3 coat = mix(vec3(.08, .09, .13), hue(pick(5.))*.4, pick(6.)); col = coat*(1. + 2.*S(-.3, .3, q.x)); if (front < 0.) col = vec3(.95)*(.65 + .4*S(-.8, .4, q.y + q.x)); if (length(q - vec2(-.02, .45)) < .17) col = mix(vec3(1, .75, .2), hue(pick(7.)), .3); if (length(q - vec2(.12, .74)) < .05) col = vec3(1) * step(.025, length(q - vec2(.13, .74))); }
		if (abs(q.x + .5 - .15*q.y) < .07 && abs(q.y + .1) < .42) col = vec3(.07, .08, .12);
	}
	color = vec4(col, 1.);
}
