// Sushi in rows: rice pads topped with striped fish, rolls with bright cores, leaves and ginger, on slate or lacquer.
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
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	vec3 plate = mix(vec3(.12), hue(pick(1.))*.5, pick(2.)), col = plate*(.8 + .4*fbm(p*vec2(3, 9) + scene)) + .08*S(.5, 0., abs(p.x + p.y - .5)); vec2 light = .1*vec2(pick(3.) - .5, .7);
	vec2 u = rot(pick(4.)*1.6 - .8)*p*mix(1.2, 2.4, pick(5.)) + scene*.3, id0 = floor(u);
	for (int i = 0; i < 4; i++) {
		vec2 id = id0 + vec2(i%2, i/2) - step(fract(u), vec2(.5)), j = vec2(rnd(id), rnd(id + 5.)); float k = rnd(id + 9.);
		vec2 q = rot((j.x - .5)*mix(.3, 3., pick(6.)))*(u - id - .5 - .15*(j - .5)), s = q + light; float roll = step(pick(7.), k);
		if (roll > 0.) {
			col *= 1. - .5*S(.5, .3, length(s)); float r = length(q) + .02*sin(atan(q.y, q.x)*5. + k*30.); if (r > .4) continue;
			float core = min(length(q - .07) - .1, min(length(q + vec2(.08, -.03)) - .08, length(q + vec2(-.02, .1)) - .09));
			col = r > .36 ? vec3(.08, .14, .08) : vec3(.95, .93, .86)*(.75 + .3*noise(q*40. + k*9.)); if (core < 0.) col = mix(hue(.05 + .5*rnd(floor(q*9.) + id)), vec3(1, .5, .3), .5); col *= .85 + .5*(q.x + q.y);
		} else {
			col *= 1. - .5*S(.08, -.08, box(s, vec2(.24, .42))); float d = box(q, vec2(.18, .36)) - .05; if (d > 0.) continue;
			vec3 fish = mix(vec3(1, .45, .25), hue(floor(k*37.)*.13 + .02), .45); float top = box(q - vec2(.02, .02), vec2(.15, .38)) - .03;
			col = vec3(.95, .93, .86)*(.7 + .3*noise(q*35.)); if (top < 0.) col = mix(fish, vec3(1, .9, .82), S(.35, .5, abs(fract(q.y*7. + q.x*3. + .4*noise(q*5.)) - .5))*mix(.2, .9, j.y))*(.8 + .4*S(.15, -.15, abs(q.x + .03) - .05)); if (abs(q.y) < .05 && j.x > .6) col = vec3(.08, .13, .08); col *= .75 + .35*S(0., -.12, d); col += .3*S(.03, .0, abs(q.x + .08 + .03*sin(q.y*9.)))*step(top, -.02);
		}
	}
	color = vec4(col, 1.);
}
