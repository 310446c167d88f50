// Palms on a beach: curved trunks, feathered crowns, parasols and towels, breakers and a bright or setting sun.
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
	float dusk = pick(1.); vec3 col = mix(mix(vec3(.75, .9, 1), vec3(1, .6, .35), dusk), mix(vec3(.2, .5, .9), hue(pick(2.))*.5, dusk), S(-.1, 1., p.y)); vec2 sun = vec2(1.6*pick(3.) - .8, .1 + .6*pick(4.)); col += vec3(1, .85, .6)*(S(.13, .11, length(p - sun)) + .35*exp(-4.*length(p - sun)));
	col = mix(col, vec3(1), .6*S(.5, .75, fbm(p*vec2(1.5, 4) + scene))*step(0., p.y)); float shore = -.35 + .12*sin(p.x*2. + scene) + .05*sin(run*6.28);
	if (p.y < .02) { float w = sin(p.y*90./(1. - p.y*3.) + 3.*noise(p*vec2(3, 20) + run*3.)); col = mix(mix(vec3(.1, .55, .6), vec3(.05, .2, .5), S(-.3, 0., p.y)), vec3(1, .9, .75), .25*step(.7, w) + .5*exp(-9.*abs(p.x - sun.x))*step(.3, w)); }
	if (p.y < shore) col = mix(vec3(.93, .82, .6), vec3(1), S(.06, .0, shore - p.y)*(.5 + .5*noise(p*25.)))*(.85 + .15*noise(p*60.))*(1. - .25*dusk);
	for (int i = 0; i < 6; i++) { float k = float(i)*5. + 50., s = .12 + .1*float(i)/5.; vec2 q = (p - vec2(2.4*pick(k) - 1.2, -.5 - .08*float(i)))/s; float r = length(q - vec2(0, 1.)); if (pick(k + 1.) < .6) { if (abs(q.x) < .04 && q.y > -.3 && q.y < 1.) col = vec3(.9); if (r < 1. && q.y > 1.) col = mix(hue(pick(k + 2.)), vec3(1), step(.5, fract(asin(clamp(q.x/sqrt(max(1. - pow(q.y - 1., 2.), .01)), -1., 1.))*2.)))*(.7 + .3*q.y*.5); } else if (box(q*mat2(1, .0, .4, 1), vec2(.9, .3)) < 0.) col = mix(hue(pick(k + 3.)), vec3(1), step(.5, fract(q.x*3.))); }
	for (int i = 0; i < 4; i++) {
		float k = float(i)*9. + 90., s = mix(.5, 1.1, pick(k)), lean = pick(k + 2.) - .5; vec2 q = (p - vec2(2.6*pick(k + 1.) - 1.3, -1.))/s; float bendx = lean*q.y*q.y*.6 + .02*sin(run*6.28)*q.y, H = mix(1.1, 1.7, pick(k + 3.)); if (q.y < H && abs(q.x - bendx) < .05 - .015*q.y) col = vec3(.4, .28, .18)*(.6 + .5*step(.5, fract(q.y*14.)))*(.7 + 8.*(q.x - bendx));
		vec2 c = q - vec2(lean*H*H*.6, H); float a = atan(c.y, c.x), n = 6.2832/9., id = floor(a/n + .5), f = (a - id*n), r = length(c), L = .75 + .2*rnd(vec2(id, k)); f += .5*r*r*cos(id*n)*sign(1.)*.9; float leaf = abs(f)*r - .09*sin(clamp(r/L, 0., 1.)*3.14)*(.6 + .4*step(.35, fract(r*18. - abs(f)*9.))); if (leaf < 0. && r < L) col = mix(vec3(.12, .35, .1), hue(.25 + .15*pick(k + 4.)), .3)*(.45 + .9*rnd(vec2(id, k)))*mix(1., .45, dusk); if (r < .09) col = vec3(.35, .2, .1);
	}
	color = vec4(col, 1.);
}
