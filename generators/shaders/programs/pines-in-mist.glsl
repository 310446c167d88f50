// Ridges of pines in morning mist: tier after tier of conifers fading from ink to pearl, a low sun and birds.
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
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	vec3 far = mix(hue(pick(1.)), vec3(1, .95, .9), .6), dark = hue(pick(2.))*mix(.06, .3, pick(3.)), col = mix(far, mix(hue(pick(4.)), far, .5), S(-.2, 1., p.y)); vec2 sun = p - vec2(1.6*pick(5.) - .8, .3 + .4*pick(6.)); col += vec3(1, .85, .6)*(.4*exp(-3.*length(sun)) + .6*S(.14, .12, length(sun)));
	for (int i = 0; i < 7; i++) {
		float z = float(i)/6., s = mix(.09, .5, z*z), base = mix(.35, -1.1, z) + .35*(fbm(vec2(p.x*mix(1.5, .7, z) + float(i)*9. + scene, z)) - .45); for (int j = 0; j < 2; j++) { float x = p.x/s*1.1 + float(j)*.5 + float(i)*5. + scene + run*.2*z, id = floor(x) + float(j)*50., k = rnd(vec2(id, float(i))), H = mix(.8, 2.4, k); vec2 q = vec2((fract(x) - .5 - .3*(k - .5))*1.2, (p.y - base)/s); float t = q.y/H, w = .42*(1. - t)*(.55 + .45*fract(-t*mix(5., 9., k))) + .03*noise(q*14. + id); if (abs(q.x) < w && t > .0 && t < 1. || (abs(q.x) < .03 && t > -.3 && t < .2)) col = mix(far*.95, dark*(.7 + .9*S(.3, -.3, q.x*sign(sun.x) + .1)*noise(q*9. + id)), mix(.2, 1., z)); } if (p.y < base) col = mix(far, dark*(.6 + .6*noise(p*vec2(30, 60))), mix(.15, 1., z)); col = mix(col, far, .55*(1. - z)*S(.35, -.05, p.y - base)*fbm(vec2(p.x*2. + run, z*9. + scene)));
	}
	for (int i = 0; i < 6; i++) { float k = float(i)*3. + 70.; vec2 q = (p - vec2(2.2*pick(k) - 1.1 + .2*run, .2 + .7*pick(k + 1.)))/mix(.04, .12, pick(k + 2.)); if (abs(q.y - .5*abs(q.x) + q.x*q.x*.5) < .09*(1. - abs(q.x))) col = dark; }
	color = vec4(col, 1.);
}
