// Sierpinski carpets, triangles and Vicsek crosses inlaid at every scale, bevelled, each level in its own enamel, seen aslant.
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
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	vec2 u = p/(1.2 - .6*(pick(1.) - .3)*p.y); u = rot(6.28*pick(2.))*u*mix(.5, 1.4, pick(3.)) + pick(4.) + .1*run; float kind = floor(3.*pick(5.)), level = 0., edge = 9., s = 1.; vec2 q = u;
	for (int i = 0; i < 5; i++) { q = fract(q) ; float hit; vec2 c = abs(q - .5); if (kind < 1.) { hit = max(c.x, c.y) - 1./6.; } else if (kind < 2.) { hit = 1./6. - min(c.x, c.y); } else { hit = q.x + q.y - 1. > 0. ? -min(q.x + q.y - 1., min(1. - q.x, 1. - q.y)) : .1; } if (hit < 0.) { level = float(i) + 1.; edge = -hit*mix(3., 7., pick(6.)); break; } q *= kind > 1.5 ? 2. : 3.; }
	vec3 col = level > 0. ? hue(pick(7.) + level*mix(.08, .4, pick(8.)))*mix(.35, 1., rnd(vec2(level, scene))) : mix(hue(pick(9.)), vec3(1), .5); vec2 side = q - .5; float b = S(.5, .0, edge); col *= 1. + (level > 0. ? .5*b*sign(dot(side, vec2(-.6, .8))*(kind < 1.5 ? 1. : -1.)) : 0.); col *= .75 + .3*noise(u*vec2(30, 6)) + .2*noise(u*2. + scene); col += .15*S(.0, 1., dot(p, vec2(pick(10.) - .5, .5)));
	color = vec4(col, 1.);
}
