// Folded paper birds, boats and stars: flat facets in light and shade from printed sheets, scattered over paper with shadows.
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
	vec3 col = mix(hue(pick(1.)), vec3(.95), .5)*(.8 + .15*noise(p*50.) + .1*p.y); vec2 l = vec2(-.06, .09);
	for (int i = 0; i < 9; i++) {
		float k = float(i)*9. + 10., s = mix(.18, .5, pick(k)), kind = floor(3.*pick(k + 1.)); mat2 m = rot((pick(k + 2.) - .5)*mix(1., 6., pick(2.)) + .2*sin(6.28*run + k)); vec2 at = 2.4*vec2(pick(k + 3.), pick(k + 4.)) - 1.2; float flip = sign(pick(k + 5.) - .5);
		for (int pass = 0; pass < 2; pass++) {
			vec2 q = m*(p - at + (pass == 0 ? l : vec2(0)))/s; q.x *= flip; float shade = -1.;
			if (kind < 1.) { if (max(q.y - .9 - .8*q.x, max(-q.y - .1 + .0*q.x, q.x + q.y*.15 - .1)) < 0. && q.x > -1.) shade = .95; if (max(abs(q.x) - .55 + abs(q.y + .05)*1.5, 0.) <= 0.) shade = q.y > -.05 ? .75 : .5; if (max(q.y - .9 + .75*abs(q.x - .15), -q.y) < 0. && q.x > -.15) shade = q.x > .15 ? .65 : 1.05; if (bar(q, vec2(.4, 0.), vec2(.85, .6)) < .07 - .05*q.x) shade = .85; if (max(abs(q.y - .6 + .35*(q.x - .85)) - .08*(1.2 - q.x)*2., abs(q.x - 1.) - .17) < 0.) shade = .6; if (bar(q, vec2(-.4, 0.), vec2(-1., .45)) < .06 + .05*q.x) shade = .6; }
			else if (kind < 2.) { if (q.y < -.05 && q.y > -.55 && abs(q.x) < .95 + q.y*.7) shade = q.x > .0 ? .7 : .9; if (q.y >= -.1 && q.y < .8 - 1.4*abs(q.x)) shade = q.x > 0. ? .6 : 1.05; }
			else { float n = 6.2832/5., a = mod(atan(q.x, q.y) + .5*n, n) - .5*n; if (length(q)*(cos(a) + .9*abs(sin(a))) < .85) shade = a > 0. ? .6 + .08*floor(atan(q.x, q.y)) : 1. - .05*floor(atan(q.x, q.y)); }
			if (shade > 0.) { if (pass == 0) col *= .6; else { vec2 g = q*mix(3., 7., pick(k + 6.)), f = fract(g) - .5; float pr = pick(k + 7.) < .4 ? S(.35, .3, length(f)) : pick(k + 7.) < .7 ? step(.0, sin(g.x*6.28 + 3.*sin(g.y))) : 0.; col = mix(hue(pick(k + 8.)), mix(hue(pick(k + 8.5)), vec3(1), .6), pr)*shade*1.05; } }
		}
	}
	color = vec4(col, 1.);
}
