// Honeycomb with bees: wax cells empty, capped or brimming with honey, striped bees with glassy wings crawling over it.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { vec3 q = fract(p.xyx*.1031); q += dot(q, q.yzx + 33.33); return fract((q.x + q.y)*q.z); }
float pick(float k) { return rnd(vec2(scene, k*1.37)); }  // a random number of this scene
float noise(vec2 p) {
	vec2 i = floor(p), f = p - i, e = vec2(1, 0);
	f *= f*(3. - 2.*f);
	return mix(mix(rnd(i), rnd(i + e), f.x), mix(rnd(i + e.yx), rnd(i + 1.), f.x), f.y);
}
vec3 hue(float h) { return .55 + .45*cos(6.2832*(h + vec3(0, .33, .67))); }
mat2 rot(float a) { float c = cos(a), s = sin(a); return mat2(c, s, -s, c); }
float bar(vec2 p, vec2 a, vec2 b) { p -= a; b -= a; return length(p - b*clamp(dot(p, b)/dot(b, b), 0., 1.)); }
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	vec2 u = rot(pick(1.)*3.)*p*mix(2.5, 6., pick(2.)) + scene, s = vec2(1, 1.732), a = mod(u, s) - .5*s, b = mod(u + .5*s, s) - .5*s, g = dot(a, a) < dot(b, b) ? a : b; vec2 id = floor((u - g)*3. + .5), h = abs(g); float d = max(dot(h, vec2(.5, .866)), h.x), k = rnd(id), zone = noise((u - g)*.35 + scene); vec3 wax = mix(vec3(.95, .7, .25), hue(pick(3.)), mix(.05, .5, pick(4.)));
	float lit = .7 + .6*dot(g, vec2(-.6, .8)); vec3 col = wax*S(.5, .42, d)*.3; if (zone < .4) col = wax*(.75 - .5*S(.2, .5, d))*(.8 + .3*noise(u*9.)); else if (zone < .62) { col = mix(vec3(.85, .4, .05), wax*.4, S(.2, .45, d)) + .7*S(.16, .1, length(g - vec2(-.14, .16))); } else { col = wax*.35*(1. - lit*.5); if (k > .6) col = mix(vec3(.95, .93, .85), col, S(.15, .25, abs(length(g) - .15))); } if (d > .42) col = wax*lit*1.1;
	for (int i = 0; i < 7; i++) {
		float j = float(i)*7. + 20.; vec2 at = 2.4*vec2(pick(j), pick(j + 1.)) - 1.2 + .08*vec2(sin(run*6.28 + j), cos(run*6.28)), q = rot(6.28*pick(j + 2.) + .2*sin(run*12.))*(p - at)/mix(.2, .42, pick(j + 3.)*pick(5.)); col *= 1. - .5*S(1., .4, length((q + vec2(.15, -.1))*vec2(1.5, .8))); vec2 m = vec2(abs(q.x), q.y);
		if (min(bar(m, vec2(.15, .1), vec2(.6, .35)), min(bar(m, vec2(.15, .0), vec2(.65, -.1)), bar(m, vec2(.15, -.1), vec2(.55, -.5)))) < .035 || bar(m, vec2(.1, .6), vec2(.25, .85)) < .025) col = vec3(.08);
		float ab = length((q + vec2(0, .42))*vec2(1.9, 1.15)) - .6, th = length(q - vec2(0, .18)) - .27, hd = length(q - vec2(0, .55)) - .18; if (ab < 0.) col = mix(vec3(.95, .65, .12), vec3(.12, .07, .04), step(.5, fract(q.y*4.5)))*(.5 + .9*S(.0, -.5, ab)*S(.5, -.3, q.x)); if (th < 0.) col = vec3(.75, .5, .2)*(.4 + .8*noise(q*26.)); if (hd < 0.) col = vec3(.15) + .5*S(.06, .02, length(m - vec2(.07, .6)));
		vec2 w = rot(-.9)*(m - vec2(.12, .1)); float wing = length((w - vec2(.0, -.4))*vec2(2.4, 1.)) - .45; if (wing < 0.) col = mix(col, vec3(.9, .95, 1), .35 + .3*S(.04, .0, abs(fract(w.x*7. + w.y*3.) - .5)*.3));
	}
	color = vec4(col, 1.);
}
