// Jellyfish in deep water: pulsing bells with spots and rims, trailing arms and threads, in several depths, with shafts of light.
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
	vec3 deep = hue(.5 + .35*pick(1.))*mix(.1, .35, pick(2.)), col = mix(deep*.4, deep*2., S(-1.2, 1.2, p.y)); col += deep*2.*S(.55, .8, noise(vec2((p.x + p.y*(pick(3.) - .5))*3., run + scene)))*S(-1., 1., p.y);
	for (int i = 0; i < 9; i++) {
		float k = float(i)*7. + 10., z = float(i)/8., s = mix(.1, .55, z*z)*mix(.7, 1.3, pick(k)), beat = sin(6.28*(run*2. + pick(k + 3.))); vec2 q = rot((pick(k + 4.) - .5)*1.6)*(p - vec2(2.4*pick(k + 1.) - 1.2, 2.2*pick(k + 2.) - .9))/s; vec3 tone = mix(hue(pick(k + 5.)), vec3(1), .35), c = col;
		float w = 1. + .12*beat, bell = length(q/vec2(w, .85)) - 1., rim = q.y + .15 + .08*sin(q.x*mix(9., 20., pick(k + 6.)));
		float sway = q.x + .25*sin(q.y*3. + beat + k)*S(0., -1.5, q.y), arm = abs(fract(sway*mix(2., 4., pick(k + 7.))) - .5)*.5 - .12*S(-3., 0., q.y);
		if (q.y < 0. && q.y > -2.6 && abs(sway) < .55 && arm < 0.) c = mix(c, tone, .45*S(-2.6, -.5, q.y)*(.6 + .4*noise(q*vec2(6, 20))));
		if (q.y < 0. && abs(sway) < .9) c += tone*.25*S(.04, .0, abs(fract(sway*5.) - .5)*.2)*S(-3.2, 0., q.y);
		if (bell < 0. && rim > 0.) { float edge = S(-.6, 0., bell); c = mix(c, tone, .35 + .5*edge); c += tone*.5*S(.3, .1, length(vec2(abs(q.x) - .3, q.y - .35)))*step(.3, pick(k + 8.)); c *= .85 + .35*step(.5, fract(atan(q.x, q.y + .3)*4.)); c += .5*S(.25, .0, length(q - vec2(-.35, .5))); }
		col = mix(col, c, .35 + .65*z);
	}
	color = vec4(col, 1.);
}
