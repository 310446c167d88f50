// A car park from above: cars and vans in marked bays, roofs, glass and bonnets gleaming, trees, arrows and long shadows.
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
float box(vec2 p, vec2 b) { p = abs(p) - b; return min(max(p.x, p.y), 0.) + length(max(p, 0.)); }
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	vec2 l = normalize(vec2(pick(1.) - .5, pick(2.) - .5) + .01)*.12, u = rot((pick(3.) - .5)*.8 + floor(4.*pick(4.))*1.57)*p*mix(1.3, 2.6, pick(5.)) + scene*1.3; u.y += .15*run; vec3 tar = vec3(.36, .36, .38)*mix(.6, 1.2, pick(6.)), col = tar*(.8 + .4*noise(u*26.)); float row = floor(u.y/2.), v = mod(u.y, 2.), bay = step(v, 1.5); vec2 c = vec2(fract(u.x*1.6) - .5, v < .75 ? v - .375 : v - 1.125), id = vec2(floor(u.x*1.6), row*2. + step(.75, v)); c.x /= 1.6;
	if (bay > 0.) { if (abs(abs(c.x) - .3125) < .012 || abs(v - .75) < .012) col = vec3(.9); } else { vec2 ar = vec2(mod(u.x, 2.) - 1., v - 1.75); if (max(abs(ar.x) - .2, abs(ar.y) - .02) < 0. || (ar.x > .12 && abs(ar.y) < .3 - ar.x)) col = vec3(.9, .85, .5); }
	float k = rnd(id + .5), there = step(k, mix(.5, .95, pick(7.)))*bay; vec2 q = rot(.12*(k - .5))*c*vec2(1, v < .75 ? 1. : -1.); float L = mix(.25, .33, rnd(id + 3.)), W = mix(.13, .17, rnd(id + 4.));
	if (there > 0.) { mat2 m = rot(0.); float sh = box(q + m*l, vec2(W, L)) - .03; col *= 1. - .55*S(.03, -.03, sh); float d = box(q, vec2(W - .04, L - .04)) - .04; if (d < 0.) { vec3 paint = mix(hue(rnd(id + 5.)), vec3(rnd(id + 6.)), step(.5, rnd(id + 7.)))*mix(.5, 1., rnd(id + 8.)); col = paint*(.8 + .6*S(.0, -.05, d) - .3)*(1. + 2.*dot(q, -l)); vec2 w = q + vec2(0, .02); float cab = box(w, vec2(W - .035, L*.55)); if (cab < 0.) { col = mix(vec3(.1, .13, .18), vec3(.7, .85, .95), .3*step(.7, fract((w.x + w.y)*4. + k*9.))); if (box(w, vec2(W - .05, L*.32)) < 0.) col = paint*(.95 + 1.5*dot(w, -l)); } if (abs(q.y - L + .02) < .025 && abs(abs(q.x) - W + .05) < .03) col = vec3(1, 1, .8); if (abs(q.y + L - .02) < .02 && abs(abs(q.x) - W + .04) < .03) col = vec3(.8, .1, .1); } }
	for (int i = 0; i < 5; i++) { float t = float(i)*5. + 40.; vec2 at = 2.6*vec2(pick(t), pick(t + 1.)) - 1.3, w = p - at; float R = mix(.15, .4, pick(t + 2.)), r = length(w) - R*(.8 + .3*noise(w*9. + t)); col *= 1. - .5*S(.05, -.05, length(w + l) - R*.9); if (r < 0. && pick(8.) < .6) col = mix(vec3(.2, .4, .15), hue(pick(t + 3.)), .3)*(.4 + noise(w*16. + t))*(.9 - 2.*dot(w, l)/R*.5); }
	color = vec4(col, 1.);
}
