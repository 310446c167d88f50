// A frozen lake: branching white cracks under glassy ice, trapped bubbles in stacks, snow drifts, skate tracks and low sun.
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
	float tilt = .6*pick(1.); vec2 u = p/(1.2 - tilt*p.y)*mix(.8, 2., pick(2.)) + scene*2. + .2*run; vec3 deep = hue(.45 + .25*pick(3.))*mix(.15, .5, pick(4.)), col = deep*(.5 + .9*fbm(u*1.3)); 
	for (int layer = 0; layer < 3; layer++) { float z = float(layer), best = 9., next = 9.; vec2 v = rot(z*.9)*u*(.8 + .5*z) + .18*(vec2(noise(u*3. + z), noise(u*3. + 30. + z)) - .5)*2.; vec2 id = vec2(0); for (int i = 0; i < 9; i++) { vec2 c = floor(v) + vec2(i%3 - 1, i/3 - 1); float d = length(c + vec2(rnd(c + z), rnd(c + 51. + z)) - v); if (d < best) { next = best; best = d; id = c; } else next = min(next, d); } float e = next - best; col = mix(col, mix(vec3(.95, 1, 1), deep*2., .25*z), S(.035, .0, e)*.9 + .3*S(.25, .0, e)*noise(v*9.)*(.5 + .5*step(.5, rnd(id)))); }
	for (int i = 0; i < 5; i++) { vec2 v = u*3. + float(i)*.04*vec2(1, 1.6), c = floor(u*3.), q = v - c - .5 - .3*(vec2(rnd(c), rnd(c + 5.)) - .5); float r = mix(.08, .3, rnd(c + 9.)); if (rnd(c + 2.) > .7) col = mix(col, vec3(.9, .97, 1), (.25 + .5*S(.05, .0, abs(length(q) - r)))*step(length(q), r)); }
	float snow = fbm(u*vec2(.9, 1.6) + 60.); col = mix(col, vec3(.97, .98, 1)*(.75 + .5*(snow - fbm(u*vec2(.9, 1.6) + 60. + .1))*4.), S(mix(.5, .62, pick(5.)), .66, snow)); float skate = abs(fract(.4*length(u - 3.*vec2(pick(6.), pick(7.)) - scene*2.) *3.) - .5); col += .35*S(.03, .0, skate)*step(.55, noise(u*.7 + 80.)); vec2 sun = p - vec2(1.6*pick(8.) - .8, .9); col += mix(vec3(1, .7, .4), hue(pick(9.)), .4)*exp(-1.6*length(sun))*(.5 + .7*noise(u*vec2(4, 1)));
	color = vec4(col, 1.);
}
