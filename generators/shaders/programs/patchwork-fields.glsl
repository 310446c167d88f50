// Farmland from a plane: ploughed, mown and sown fields with hedges, lanes, farms, cloud shadows, seen flat or slanting.
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
	float tilt = .7*pick(1.); vec2 u = p/(1.3 - tilt*p.y*.9)*mix(1.2, 3., pick(2.)); u = rot(6.28*pick(3.))*u + scene*3. + run*.4;
	u += .25*(vec2(noise(u*1.3), noise(u*1.3 + 9.)) - .5);
	vec2 cell = vec2(1, mix(.6, 1.4, pick(4.))), id = floor(u/cell), f = fract(u/cell); float k = rnd(id + scene), cut = .3 + .4*rnd(id + 3.);
	if (k < .6) { float s = step(cut, f.x); id += s*vec2(.5, 0) + .1; f.x = s > 0. ? (f.x - cut)/(1. - cut) : f.x/cut; } else if (k < .8) { float s = step(cut, f.y); id += s*vec2(0, .5); f.y = s > 0. ? (f.y - cut)/(1. - cut) : f.y/cut; }
	float h = rnd(id + 1.), a = 6.28*rnd(id + 2.), rows = sin(dot(u, vec2(cos(a), sin(a)))*mix(30., 90., h));
	vec3 crop = mix(mix(vec3(.3, .45, .15), vec3(.8, .7, .35), h), hue(rnd(id + 5.)), mix(.1, .6, pick(5.)))*mix(.45, 1.1, rnd(id + 6.));
	vec3 col = crop*(.85 + .2*rows*step(.3, rnd(id + 7.)))*(.7 + .5*fbm(u*5.));
	float edge = min(min(f.x, 1. - f.x), min(f.y, 1. - f.y));
	col = mix(col, vec3(.12, .22, .08)*(.6 + noise(u*20.)), S(.05, .03, edge + .03*noise(u*14.))*step(.3, rnd(id + 8.)));
	vec2 tree = fract(u*3.) - .5; float t = rnd(floor(u*3.)); float crown = length(tree - .2*(t - .5)) - .18*t;
	col *= 1. - .5*S(.06, -.03, length(tree - .2*(t - .5) + .1) - .18*t)*step(.8, t);
	if (t > .8 && crown < 0.) col = mix(vec3(.15, .3, .1), hue(.2*t), .2)*(.7 - 2.*dot(tree, vec2(.7, .7)));
	vec2 farm = fract(u*.8) - .5; if (rnd(floor(u*.8)) > .6) { col *= 1. - .5*step(box(farm + .04, vec2(.09, .05)), 0.); if (box(farm, vec2(.08, .045)) < 0.) col = vec3(.75, .3, .22)*(farm.y > 0. ? 1.2 : .7); if (abs(farm.x - .02*sin(farm.y*20.)) < .012 && farm.y < -.05) col = vec3(.8, .75, .65); }
	col *= mix(.5, 1.1, S(.4, .55, fbm(u*.5 + 9. + run)));
	color = vec4(col, 1.);
}
