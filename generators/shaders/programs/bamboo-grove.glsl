// A bamboo grove: jointed canes of every thickness in haze, leaning, with leaf sprays and dappled light.
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
	vec3 air = mix(hue(.2 + .3*pick(1.)), vec3(1, 1, .85), .5)*mix(.5, 1.1, pick(2.)), col = mix(air*.7, air, S(-1., .6, p.y))*(.8 + .3*fbm(p*3. + scene)), cane = mix(vec3(.4, .55, .2), hue(pick(3.)), mix(.1, .5, pick(4.)));
	for (int i = 0; i < 6; i++) {
		float z = float(i)/5., n = mix(9., 1.8, z), lean = (pick(30. + float(i)) - .5)*.4; vec2 u = vec2((p.x + lean*p.y + .02*sin(run*6.28 + float(i)))*n + 9.*float(i) + scene, p.y); for (int j = 0; j < 2; j++) { float id = floor(u.x) + float(j)*37.; float k = rnd(vec2(id, float(i))), w = mix(.08, .24, rnd(vec2(id, 3.))), x = (fract(u.x) - .2 - .6*k + (rnd(vec2(id, 5.)) - .5)*p.y*.5)/w; if (rnd(vec2(id, 9.)) > .65) continue; float y = p.y*mix(6., 1.6, z)*mix(.8, 1.3, k) + k*9., f = fract(y); col *= 1. - .3*S(2., .9, abs(x - .5)); if (abs(x) < 1. + .12*S(.06, .0, min(f, 1. - f))) { vec3 c = cane*mix(.6, 1.2, rnd(vec2(id, 7.)))*(.35 + .75*sqrt(max(1. - pow(x*.8 + .35, 2.), 0.)))*(.8 + .2*noise(vec2(x*2., y*9.))); c *= mix(.45, 1., S(.0, .05, min(f, 1. - f))); c += .2*S(.06, .1, f)*S(.16, .1, f); col = mix(c, air, .75*(1. - z)); } }
		vec2 g = p*mix(5., 1.7, z) + vec2(run*.15, float(i)*5.) + scene, id2 = floor(g); float h = rnd(id2); for (int j = 0; j < 3; j++) { vec2 q = rot(6.28*h + float(j)*.7 - .5)*(fract(g) - .5); float leaf = abs(q.y) - .07*sin(clamp((q.x + .02)/.45, 0., 1.)*3.14); if (h > .55 && leaf < 0. && q.x > 0. && q.x < .45) col = mix(mix(vec3(.3, .5, .12), hue(pick(5.)), .25)*mix(.5, 1.3, rnd(id2 + float(j)))*(q.y > 0. ? 1.1 : .75), air, .7*(1. - z)); }
	}
	col *= mix(.6, 1.15, S(.4, .6, fbm(p*2. + run*.3 + scene)));
	color = vec4(col, 1.);
}
