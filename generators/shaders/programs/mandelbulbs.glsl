// Mandelbulbs of changing power by distance estimate, close up or whole, coloured by orbit and lit with shade in the creases.
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
float power = 8., trap = 1.;
float map(vec3 p) {
	vec3 z = p; float dr = 1., r = 0.; trap = 9.;
	for (int i = 0; i < 4 + min(0, int(scene)); i++) { r = length(z); if (r > 2.) break; float t = acos(clamp(z.y/r, -1., 1.))*power, f = atan(z.z, z.x)*power; dr = pow(r, power - 1.)*power*dr + 1.; z = pow(r, power)*vec3(sin(t)*cos(f), cos(t), sin(t)*sin(f)) + p; trap = min(trap, length(z.xz)); }
	return .5*log(max(r, 1e-3))*r/dr;
}
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	power = mix(3., 9., pick(1.)) + .3*run; float a = 6.28*pick(2.) + .4*run, away = mix(1.5, 2.6, pick(3.)); vec3 o = away*vec3(sin(a), mix(-.6, .8, pick(4.)), cos(a)), w = normalize(vec3(.4*pick(5.) - .2, 0, 0) - o), u = normalize(cross(w, vec3(0, 1, 0))), r = normalize(p.x*u + p.y*cross(u, w) + mix(1.2, 2.2, pick(6.))*w), sun = normalize(vec3(pick(7.) - .5, .7, pick(8.) - .5)); float t = max(length(o) - 1.3, .1), d = 1.; int n = 0;
	for (int i = 0; i < 22 + min(0, int(scene)); i++) { d = map(o + r*t); if (d < .005*t || t > 4.) break; t += d; n++; }
	vec3 sky = mix(hue(pick(9.)), hue(pick(10.))*.3, .5 + .5*p.y)*(.7 + .5*fbm(p*2. + scene)), col = sky; if (t < 4.) { float k = trap; vec3 q = o + r*t, g = vec3(0); for (int i = 0; i < 3 + min(0, int(scene)); i++) { vec3 e = vec3(0); e[i] = .004; g[i] = map(q + e) - d; } g = normalize(g + 1e-6); col = hue(pick(11.) + mix(.2, .7, pick(12.))*sqrt(k))*(.25 + .9*max(dot(g, sun), 0.))*mix(1.2, .3, float(n)/22.) + .3*pow(max(dot(reflect(r, g), sun), 0.), 12.); }
	col = sqrt(clamp(col, 0., 1.));
	color = vec4(col, 1.);
}
