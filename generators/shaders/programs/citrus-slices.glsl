// Citrus wheels and wedges: rind, pith and juicy segments with pips and vesicles, overlapping on a board, lit through.
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
	vec3 board = mix(vec3(.7, .5, .3), hue(pick(1.)), mix(.1, .8, pick(2.))), col = board*(.6 + .4*noise(p*vec2(3, 30)))*(1.1 + .3*p.x); vec2 light = .12*vec2(pick(3.) - .5, .6);
	for (int i = 0; i < 10; i++) {
		float k = float(i)*7. + 10., R = mix(.75, .16, float(i)/10.)*mix(.6, 1.1, pick(k)); vec2 q = rot(6.28*pick(k + 3.) + .2*run)*(p - 2.4*vec2(pick(k + 1.), pick(k + 2.)) + 1.2)/R, s = (p - 2.4*vec2(pick(k + 1.), pick(k + 2.)) + 1.2 + light)/R;
		float cut = step(.65, pick(k + 4.)), r = max(length(q), cut*(-q.y)*3. + .3*cut), kind = floor(4.*pick(k + 5.));
		col *= 1. - .5*S(1.15, .8, length(s));
		if (r > 1. || (cut > .5 && q.y < 0.)) continue;
		r = length(q); vec3 rind = kind < 1. ? vec3(1, .55, .05) : kind < 2. ? vec3(1, .85, .15) : kind < 3. ? vec3(.45, .7, .15) : vec3(.95, .4, .3), pulp = kind > 2. ? vec3(.95, .25, .25) : mix(rind, vec3(1, .9, .4), .3);
		float n = floor(8. + 4.*pick(k + 6.)), a = atan(q.y, q.x)/6.2832*n, f = abs(fract(a) - .5), wall = S(.5, .44, f + .025/max(r, .05)), cellv = noise(vec2(a*5., r*9.)*vec2(1, 1.5) + k);
		col = mix(vec3(.98, .93, .78), pulp*mix(.65, 1.25, cellv)*(.8 + .4*noise(q*3. + k)), wall*S(.86, .8, r)*S(.08, .12, r));
		float seed = length(vec2((fract(a) - .5)*r*2., r - .4)*vec2(5., 2.2)); if (seed < .3 && rnd(vec2(floor(a), k)) > .6) col = vec3(.95, .85, .6)*(.5 + .7*seed/.3);
		col = mix(col, rind*(.7 + .4*noise(q*30.)), S(.91, .94, r)); col *= .8 + .35*S(-1., 1., q.x + q.y); col += .25*S(.75, .9, cellv)*wall*step(r, .82);
	}
	color = vec4(col, 1.);
}
