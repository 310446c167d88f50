// A market from above: striped awnings, crates of goods, and people as heads and shoulders strolling with long shadows.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { vec3 q = fract(p.xyx*.1031); q += dot(q, q.yzx + 33.33); return fract((q.x + q.y)*q.z); }
float pick(float k) { return rnd(vec2(scene, k*1.37)); }  // a random number of this scene
vec3 hue(float h) { return .55 + .45*cos(6.2832*(h + vec3(0, .33, .67))); }
mat2 rot(float a) { float c = cos(a), s = sin(a); return mat2(c, s, -s, c); }
float box(vec2 p, vec2 b) { p = abs(p) - b; return min(max(p.x, p.y), 0.) + length(max(p, 0.)); }
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	vec2 u = rot(pick(1.)*1.57)*p*mix(1.6, 3., pick(2.)) + scene*1.7, l = vec2(-.22, .26)*mix(.4, 1., pick(3.)); vec2 s = floor(u*5.); vec3 col = mix(vec3(.72, .68, .6), hue(pick(4.)), .2)*mix(.75, 1., rnd(s))*S(.0, .06, min(fract(u.x*5.), fract(u.y*5.)));
	for (int j = 0; j < 2; j++) for (int i = 0; i < 6; i++) { vec2 v = u*1.6 + (j == 0 ? l*.7 : vec2(0)) , id = floor(v) + vec2(i%3 - 1, i/3 - (fract(v.y) < .5 ? 1 : 0)); float k = rnd(id + 3.); vec2 c = id + .5 + .7*(vec2(k, rnd(id + 8.)) - .5) + .3*vec2(sin(run*6.28 + k*6.), 0), q = rot(6.28*k)*(v - c); float d = length(q*vec2(1, 1.9)) - .17; if (k > .75) continue; if (j == 0) col *= 1. - .45*S(.05, -.05, d); else { if (d < 0.) col = hue(rnd(id + 5.))*mix(.3, 1., rnd(id + 6.))*(.8 + 2.*q.x); if (length(q) < .075) col = mix(vec3(.25, .15, .08), hue(rnd(id + 7.)), step(.6, rnd(id + 9.))); } }
	vec2 v = u*vec2(.8, .65), id = floor(v), f = (fract(v) - .5)/vec2(.8, .65); float k = rnd(id + scene), kind = rnd(id + 4.); vec2 B = vec2(mix(.35, .55, k), mix(.25, .45, kind)); float d = box(f, B), sh = box(f + l, B); col *= 1. - .5*S(.06, -.06, sh);
	vec2 g = (f + vec2(0, B.y + .14))*6., gi = floor(g); if (box(f + vec2(0, B.y + .1), vec2(B.x*.9, .16)) < 0. && d > 0.) { vec2 h = fract(g*2.) - .5; col = hue(rnd(vec2(gi.x, id.x + id.y)))*(.35 + .8*S(.5, .1, length(h))); } if (d < 0. && k < .85) { vec3 a = hue(rnd(id + 2.)), b = mix(hue(rnd(id + 6.)), vec3(1), .8); if (kind < .3) { float ang = atan(f.y, f.x); col = mix(a, b, step(0., sin(ang*8.)))*(.65 + .45*S(-1., 1., dot(normalize(f + .001), normalize(l)))); } else col = mix(a, b, step(.5, fract(f.x*mix(3., 6., k))))*(f.y > 0. ? 1.05 : .75); col *= S(.0, -.03, d)*.4 + .6; }
	color = vec4(col, 1.);
}
