// Tools on a pegboard: spanners, hammers, saws, screwdrivers, pliers and tapes with shadows on a holed, painted board.
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
float bar(vec2 p, vec2 a, vec2 b) { p -= a; b -= a; return length(p - b*clamp(dot(p, b)/dot(b, b), 0., 1.)); }
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	vec2 g = fract(p*mix(7., 12., pick(1.))) - .5; vec3 board = mix(hue(pick(2.)), vec3(.8, .65, .45), pick(3.)), col = board*mix(.5, 1., pick(4.))*(.85 + .2*fbm(p*3. + scene))*S(.1, .16, length(g)); vec2 l = vec2(pick(5.) - .5, .5)*.16; float n = floor(2. + 2.5*pick(6.)); vec2 u = p*n*.5 + vec2(.1*sin(6.28*run), 0) + scene, id = floor(u); float k = rnd(id + scene), t = floor(rnd(id + 3.)*6.), tilt = (rnd(id + 5.) - .5)*.9; vec3 grip = hue(rnd(id + 7.)), metal = mix(vec3(.75, .77, .8), hue(rnd(id + 8.)), .15);
	float sh = 1.;
	for (int pass = 0; pass < 2; pass++) {
		vec2 q = rot(tilt)*((fract(u) - .5 + (pass == 0 ? l*.6 : vec2(0)))*2.4); float a = 9., b = 9.;   // a: metal, b: grip
		if (t < 1.) { a = min(box(q - vec2(0, .7), vec2(.42, .14)), box(q - vec2(-.4, .75), vec2(.12, .1))); b = box(q + vec2(0, .2), vec2(.08, .75)) - .03; }
		else if (t < 2.) { a = max(min(min(length(q - vec2(0, .75)) - .3, length(q + vec2(0, .75)) - .26), box(q, vec2(.1, .6))), -min(box(q - vec2(.0, .95), vec2(.12, .22)), length(q + vec2(0, .75)) - .14)); }
		else if (t < 3.) { a = box(q - vec2(0, .45), vec2(.05, .5)); b = box(q + vec2(0, .5), vec2(.13, .4)) - .05 - .02*step(.5, fract(q.y*5.)); }
		else if (t < 4.) { a = max(abs(q.x - .1*q.y) - .3 + .18*q.y, abs(q.y - .2) - .75) - .02*abs(fract(q.y*9.) - .5); b = max(box(q + vec2(0, .75), vec2(.3, .25)) - .05, .1 - length(q + vec2(0, .75))); }
		else if (t < 5.) { vec2 m = vec2(abs(q.x), q.y); a = max(length((m - vec2(.08, .65))*vec2(2., 1)) - .35, -.01 - m.x + .02*step(.4, q.y)); a = min(a, length(q - vec2(0, .28)) - .16); b = bar(m, vec2(.08, .2), vec2(.32, -.85)) - .09; }
		else { a = abs(length(q) - .3) - .05; b = max(length(q) - .65, .33 - length(q)); }
		float d = min(a, b);
		if (pass == 0) col *= 1. - .5*S(.12, -.08, d); else if (d < 0.) { vec3 c = a < b ? metal*(.55 + .45*sin(q.x*7. + q.y*3. + 1.)) + .25*S(.05, .0, abs(a + .05)) : grip*(.6 + .7*S(.0, -.12, b))*(t > 4.5 ? .7 + .4*step(.5, fract(atan(q.y, q.x)*6.)) : 1.); col = c; if (t < 1. && b < a) col = mix(grip, vec3(.7, .5, .3), .7)*(.6 + .5*noise(q*vec2(30, 4))); }
	}
	color = vec4(col, 1.);
}
