// Stained glass: leaded panes about a rose or in lancets, seeds and streaks in the glass, sun behind and stone tracery before it.
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
	scene = floor(iTime/3);
	float run = fract(iTime/3);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	vec2 u = p*mix(.8, 1.5, pick(1.)) + vec2(pick(2.) - .5, .4*(pick(3.) - .5));
	float r = length(u), n = 6.2832/floor(6. + 7.*pick(4.)), a = mod(atan(u.y, u.x) + .5*n, n) - .5*n, kind = pick(5.);
	vec2 q = kind < .5 ? vec2(a*3., r*mix(3., 6., pick(6.))) : vec2(abs(fract(u.x*1.2) - .5)*2.4, u.y*3.), id = floor(q), f = fract(q) - .5;
	if (kind > .3) { q = u*mix(2., 4., pick(7.)); float best = 9., next = 9.; for (int i = 0; i < 9; i++) { vec2 c = floor(q) + vec2(i%3 - 1, i/3 - 1); float d = length(c + .15 + .7*vec2(rnd(c), rnd(c + 51.)) - q); if (d < best) { next = best; best = d; id = c; } else next = min(next, d); } f = vec2(.5 - .6*(next - best)); }
	float lead = S(.5, .42, max(abs(f.x), abs(f.y))), k = rnd(id + floor(r*2.)*step(kind, .3));
	vec3 glass = hue(pick(8.) + mix(.15, 1., pick(9.))*k)*mix(.5, 1.4, rnd(id + 9.))*(.75 + .5*noise(u*vec2(4, 14) + k*30.));
	glass *= .6 + 1.3*exp(-1.5*length(u - 1.4*vec2(pick(10.) - .5, pick(11.) - .3 + .2*run)));
	vec3 col = mix(vec3(.05), glass, lead);
	float arch = kind < .5 ? r - .95 : max(abs(fract(u.x*.8 + .5) - .5) - .42, -9.), stone = S(.0, .03, arch);
	col = mix(col, vec3(.5, .46, .4)*mix(.3, .8, pick(12.))*(.6 + .5*fbm(u*7.))*(.6 + .6*S(.25, .0, arch)), stone);
	color = vec4(col, 1.);
}
