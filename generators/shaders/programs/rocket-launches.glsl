// Rockets in flight: finned and banded hulls with portholes, flames and smoke columns, over a curved planet, stars and gantries.
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
	float day = pick(1.); vec3 col = mix(vec3(.03, .04, .12), mix(hue(.5 + .2*pick(2.)), vec3(1), .2), day*S(1.4, -.8, p.y)); vec2 st = p*14., sf = fract(st) - .5; col += (1. - day)*step(.8, rnd(floor(st) + scene))*S(.15, .0, length(sf));
	vec2 c = p - vec2(pick(3.) - .5, -2.2 - .4*pick(4.)); float R = mix(1.4, 2., pick(5.)), r = length(c); vec3 land = mix(hue(pick(6.)), hue(pick(7.)), S(.45, .55, fbm(c*2.5 + scene))); if (r < R) col = mix(land, vec3(1), .7*S(.5, .65, fbm(c*4. + run + 9.)))*(.35 + .8*S(-1.5, 1., c.x + .5*c.y)); else col += hue(.55)*.5*exp(-9.*(r - R));
	vec2 m = p - vec2(1.8*pick(8.) - .9, .7 - .5*pick(9.)); float mr = mix(.12, .3, pick(10.)); if (length(m) < mr) col = hue(pick(11.))*.9*(.4 + .6*S(-.2, .2, m.x + m.y))*(.7 + .4*fbm(m*14.));
	for (int i = 0; i < 5; i++) {
		float k = float(i)*11. + 20., s = mix(.12, .42, float(i)/4.)*mix(.8, 1.3, pick(k)), a = (pick(k + 1.) - .5)*1.8; vec2 q = rot(-a)*(p - vec2(2.2*pick(k + 2.) - 1.1, 1.8*pick(k + 3.) - .8 + .3*run))/s; vec3 paint = mix(hue(pick(k + 4.)), vec3(.95), .4), trim = hue(pick(k + 5.));
		float tail = -1.1 - q.y; if (tail > 0.) { float w = .22 + .3*tail*.35, n = fbm(vec2(q.x*2., q.y*1.2 + run*6. + k)); col = mix(col, mix(vec3(.9), vec3(.5, .5, .55), n), S(w, w*.4, abs(q.x) + .3*(n - .5))*S(6., .5, tail)*.9); col += vec3(1.4, .7, .2)*S(.2, .0, abs(q.x) + .12*tail)*S(1.7, .2, tail); }
		float w = .34*sqrt(max(1. - pow(max(q.y*.72 - .05, -.9*q.y*.55), 2.), 0.))*step(abs(q.y), 1.45), x = abs(q.x), fin = max(max(x - .34 - .55*(-.35 - q.y), q.y + .35), -1.25 - q.y + .3*(x - .3)); if (fin < 0. && x > .2) col = trim*(q.x < 0. ? 1. : .55);
		if (x < w && q.y > -1.15) { float u = q.x/w; col = paint; if (q.y > .85 || abs(q.y + .75) < .1) col = trim; if (pick(k + 6.) < .5 && abs(q.y + .2) < .3) col = mod(floor(u*2.5 + 9.) + floor(q.y*5.), 2.) < 1. ? vec3(.12) : vec3(.95); float port = length(vec2(q.x, mod(q.y + .1, .5) - .25)); if (port < .13 && q.y > .1 && q.y < .9) col = port > .09 ? trim*.7 : vec3(.5, .85, 1)*(.7 + 3.*q.x); col *= .35 + .8*sqrt(max(1. - pow(u + .35, 2.)*.5, 0.)); }
	}
	color = vec4(col, 1.);
}
