// Excitable waves: rotating spirals and targets in a dish, fronts that cut each other off, lit as ridges and tinted by phase.
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
	vec2 u = p*mix(.8, 1.8, pick(1.)) + .15*(vec2(noise(p*3. + scene), noise(p*3. + 40. + scene)) - .5); float best = 9., phase = 0., tone = 0.;
	for (int i = 0; i < 7; i++) { float k = float(i)*5. + 10.; vec2 q = u - 3.*vec2(pick(k), pick(k + 1.)) + 1.5; float r = length(q)*mix(.8, 1.3, pick(k + 2.)); if (r < best) { best = r; float arms = floor(3.*pick(k + 3.)) - 1.; phase = r*mix(18., 34., pick(2.)) - arms*atan(q.y, q.x) - 6.2832*run*2. + 3.*fbm(q*2.); tone = pick(k + 4.); } }
	float w = fract(phase/6.2832), crest = S(.0, .06, w)*S(.75, .1, w), slope = cos(phase)*.5 + .5; vec3 a = hue(pick(3.))*mix(.1, .5, pick(4.)), b = hue(pick(5.) + .3*tone), c = mix(hue(pick(6.)), vec3(1), .4); vec3 col = mix(a, b, crest); col = mix(col, c, S(.12, .0, abs(w - .08))*.8); col *= .75 + .4*slope; col *= .8 + .4*fbm(u*6. + scene); float dish = length(p - vec2(pick(7.) - .5, pick(8.) - .5)*.3) - mix(.85, 1.7, pick(9.)); col = mix(col, mix(vec3(.25), c*.5, .4)*(.6 + .4*p.y + .5*S(.06, .0, abs(dish - .05))), S(.0, .02, dish)); col += .3*S(.03, .0, abs(dish + .03));
	color = vec4(col, 1.);
}
