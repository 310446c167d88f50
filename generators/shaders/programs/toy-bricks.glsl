// Studded toy bricks heaped in courses: plates and towers in bright plastic, seen from above with studs, seams and shadows.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { vec3 q = fract(p.xyx*.1031); q += dot(q, q.yzx + 33.33); return fract((q.x + q.y)*q.z); }
float pick(float k) { return rnd(vec2(scene, k*1.37)); }  // a random number of this scene
vec3 hue(float h) { return .55 + .45*cos(6.2832*(h + vec3(0, .33, .67))); }
mat2 rot(float a) { float c = cos(a), s = sin(a); return mat2(c, s, -s, c); }
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	vec2 l = vec2(pick(1.) - .5, .5)*.25, u = rot(pick(2.)*1.5)*p*mix(4., 9., pick(3.)) + scene*3. + run*.5; vec2 best = vec2(0); float top = -1., k = 0., sh = 1.; vec2 hitb = vec2(0);
	for (int layer = 0; layer < 4; layer++) { float z = float(layer); vec2 s = layer%2 == 0 ? vec2(4, 2) : vec2(2, 4), v = u - z*l*.6 + vec2(z*1.0, z*2.), id = floor(v/s), f = v - id*s; float here = step(rnd(id + z*17. + scene), 1. - z*.27); vec2 vs = v + l*1.2; if (rnd(floor(vs/s) + z*17. + scene) < 1. - z*.27 && z > 0.) sh *= here > 0. ? 1. : .55; if (here > 0.) { top = z; k = rnd(id*1.3 + z*7.); hitb = min(f, s - f); best = fract(v) - .5; sh = 1.; } }
	vec3 paint = hue(k*7.)*mix(.6, 1., fract(k*31.)); if (fract(k*17.) > .8) paint = vec3(.9); if (fract(k*17.) < .12) paint = vec3(.15); vec3 col = top < 0. ? hue(pick(4.))*.4 : paint*(.65 + .12*top); col *= mix(.5, 1., S(.0, .12, min(hitb.x, hitb.y))); float stud = length(best) - .3; col *= 1. - .4*S(.1, -.05, length(best + l*.5) - .28)*step(0., stud); if (stud < 0.) col = (top < 0. ? hue(pick(4.))*.45 : paint*(.75 + .12*top))*(1. + .9*dot(best, -l)) + .35*S(.06, .0, abs(stud + .05))*step(0., dot(best, -l)); col *= sh;
	color = vec4(col, 1.);
}
