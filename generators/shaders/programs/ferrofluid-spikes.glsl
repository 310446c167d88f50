// Ferrofluid: rows of glossy black spikes rising over hidden magnets, mirrored lamps of several colours, in a pale or tinted dish.
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
float grow = 1., wild = 0.;
float land(vec2 q) { float h = 0.; for (int i = 0; i < 3 + min(0, int(scene)); i++) { float k = float(i)*3.; vec2 c = q - 2.4*vec2(pick(k + 30.), pick(k + 31.)) + 1.2; h += exp(-dot(c, c)*mix(1.5, 5., pick(k + 32.))); } vec2 g = q*mix(4., 8., wild), s = vec2(1, 1.732), a = mod(g, s) - .5*s, b = mod(g + .5*s, s) - .5*s; float d = min(dot(a, a), dot(b, b)); return h*(.35 + .5*exp(-d*9.)*grow); }
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	grow = mix(.5, 1.3, pick(1.))*(.8 + .2*sin(run*6.28)); wild = pick(2.); float a = 6.28*pick(3.), hi = mix(1., 2.6, pick(4.)); vec3 o = vec3(2.2*sin(a), hi, 2.2*cos(a)), w = normalize(vec3(0, .2, 0) - o), u = normalize(cross(w, vec3(0, 1, 0))), r = normalize(p.x*u + p.y*cross(u, w) + mix(1.3, 2., pick(5.))*w); float t = max((o.y - 1.3)/max(-r.y, .05), .1), h = 1.; for (int i = 0; i < 36 + min(0, int(scene)); i++) { vec3 q = o + r*t; h = q.y - land(q.xz); if (h < .01 || t > 8.) break; t += h*.4; }
	vec3 q = o + r*t; float e = .015; float L = land(q.xz); vec3 n = normalize(vec3(L - land(q.xz + vec2(e, 0)), e, L - land(q.xz + vec2(0, e)))), m = reflect(r, n), dish = mix(hue(pick(6.)), vec3(.9), .5); vec3 col = dish*(.9 + .3*p.y); if (h < .1) { vec3 lamps = vec3(0); for (int i = 0; i < 4; i++) { float k = float(i)*5. + 60.; vec3 d = normalize(vec3(pick(k) - .5, .2 + .6*pick(k + 1.), pick(k + 2.) - .5)); lamps += hue(pick(k + 3.))*(pow(max(dot(m, d), 0.), mix(8., 60., pick(k + 4.)))*1.6 + .1*max(dot(n, d), 0.)); } col = vec3(.02) + lamps + .25*dish*S(-.2, 1., m.y)*pow(1. - abs(dot(n, r)), 2.); if (L < .06) col = mix(dish*(.6 + .4*noise(q.xz*30.)), col, S(.03, .06, L)); }
	color = vec4(col, 1.);
}
