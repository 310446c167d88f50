// Umbrellas from above: ribbed canopies in plain, striped and spotted cloth crowding a wet, reflecting pavement.
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
	vec2 g = rot(pick(1.))*p*5.; g.x += .5*mod(floor(g.y), 2.); vec3 wet = mix(vec3(.35, .36, .4), hue(pick(2.)), .3), col = wet*mix(.5, 1., rnd(floor(g)))*S(.0, .08, min(fract(g.x), fract(g.y))) ; col = mix(col, hue(pick(3.)), .35*S(.45, .7, fbm(p*2. + scene)));
	vec2 rip = fract(p*6.) - .5; col += .15*S(.05, .0, abs(length(rip) - .4*fract(run*3. + rnd(floor(p*6.)))));
	for (int i = 0; i < 15; i++) {
		float k = float(i)*7. + 10., R = mix(.18, .55, pick(k)), n = floor(6. + 4.*pick(k + 1.)), s = 6.2832/n; vec2 at = 2.6*vec2(pick(k + 2.), pick(k + 3.)) - 1.3 + .25*(run - .5)*(vec2(pick(k + 4.), pick(k + 5.)) - .5), q = rot(6.28*pick(k))*(p - at)/R; float a = atan(q.y, q.x), f = mod(a, s) - .5*s, id = floor(a/s), r = length(q), edge = r*cos(f) + .06*cos(f*n*.5)*r - 1.;
		col *= 1. - .5*S(1.3, .8, length((p - at + vec2(-.07, .1))/R)); if (edge > 0.) continue;
		float kind = pick(k + 5.5), m = kind < .35 ? mod(id, 2.) : kind < .55 ? step(.5, fract(r*3.)) : kind < .75 ? S(.36, .3, length(fract(q*4.) - .5)) : 0.; col = mix(hue(pick(k + 6.)), mix(hue(pick(k + 6.5)), vec3(1), .5), m)*mix(.4, 1., pick(k + .5)); float face = dot(vec2(cos((id + .5)*s), sin((id + .5)*s)), rot(6.28*pick(k))*vec2(-.5, .8)); col *= .75 + .3*face*r + .15*(1. - r); col *= mix(.75, 1., S(.0, .05, (.5*s - abs(f))*r)); if (r < .06) col = vec3(.9); col += .3*S(.8, 1., noise(q*22.));
	}
	color = vec4(col, 1.);
}
