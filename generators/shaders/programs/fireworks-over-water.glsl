// Fireworks: rings, willows and crackling stars of many colours bursting over a skyline mirrored in the water.
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
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	float sea = -.5 + .2*pick(1.), y = abs(p.y - sea); vec2 u = vec2(p.x + step(p.y, sea)*.03*sin(p.y*60. + run*9.), y + sea); vec3 col = mix(hue(pick(2.))*.3, vec3(.02, .02, .08), S(0., 1.2, y)); float x = u.x*9. + scene, h = .1 + .3*rnd(vec2(floor(x), 3.));
	for (int i = 0; i < 7; i++) {
		float k = float(i)*5. + 10., age = fract(run*1.3 + pick(k)), R = mix(.25, .75, pick(k + 1.))*sqrt(age); vec2 q = u - vec2(2.4*pick(k + 2.) - 1.2, mix(sea + .5, .9, pick(k + 3.))); q.y += .15*age*age; float r = length(q), n = floor(12. + 20.*pick(k + 4.)), a = atan(q.y, q.x)/6.2832*n, id = floor(a), f = fract(a) - .5; float rr = R*mix(.75, 1., rnd(vec2(id, k))), tail = S(rr*mix(.2, .9, pick(k + 4.5)), rr, r)*step(r, rr); vec3 c = mix(hue(pick(k + 4.7)), hue(rnd(vec2(id, 1.))), step(.7, pick(k + 4.2)));
		col += c*(tail*S(.35, .0, abs(f)) + .004/(pow(r - rr, 2.) + pow(f*rr*4./n*1.5, 2.)*4. + .0015))*(1. - age)*1.3 + c*.12*exp(-3.*r)*(1. - age);
	}
	if (y < h) col = mix(vec3(.04, .04, .08), vec3(1, .8, .5), step(.72, rnd(floor(vec2(x*5., y*40.))))*step(.2, fract(x*5.))*step(.3, fract(y*40.)));
	if (p.y < sea) col *= .65 + .15*sin(p.y*90. + 5.*noise(p*vec2(4, 9)));
	col = sqrt(clamp(col, 0., 1.));
	color = vec4(col, 1.);
}
