// A fairground: big wheels with coloured gondolas, striped tents, bunting and bulbs, by day or lit up at night.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { vec3 q = fract(p.xyx*.1031); q += dot(q, q.yzx + 33.33); return fract((q.x + q.y)*q.z); }
float pick(float k) { return rnd(vec2(scene, k*1.37)); }  // a random number of this scene
vec3 hue(float h) { return .55 + .45*cos(6.2832*(h + vec3(0, .33, .67))); }
float bar(vec2 p, vec2 a, vec2 b) { p -= a; b -= a; return length(p - b*clamp(dot(p, b)/dot(b, b), 0., 1.)); }
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	float night = step(.5, pick(1.)); vec3 col = mix(hue(pick(2.))*mix(.9, .25, night), mix(hue(pick(3.)), vec3(1), .4)*mix(1., .3, night), S(.9, -.6, p.y));
	for (int i = 0; i < 3; i++) {
		float k = float(i)*9., R = mix(.4, .95, pick(k + 10.)), t = .6*run + 6.*pick(k + 11.); vec2 c = vec2(2.4*pick(k + 12.) - 1.2, .1 + .3*pick(k + 13.)), q = p - c; float r = length(q), a = atan(q.y, q.x) + t, n = floor(8. + 8.*pick(k + 14.)), s = 6.2832/n;
		vec3 paint = hue(pick(k + 15.)); float f = mod(a, s) - .5*s;
		if (bar(vec2(abs(q.x), q.y), vec2(0), vec2(.45*R, -1.2*R)) < .03) col = paint*.5;
		if (min(abs(r - R) - .02, abs(r - R*.8) - .012) < 0. || (abs(f)*r < .01 && r < R)) col = mix(paint, vec3(1), .4)*mix(1., .7, night);
		col += night*hue(a*.5 + run)*step(abs(r - R), .03)*step(.5, fract(a*12.));
		float id = floor(a/s), b = (id + .5)*s - t; vec2 g = q - R*vec2(cos(b), sin(b)) + vec2(0, .1*R + .03);
		if (length(g*vec2(1, 1.2)) < .13*R + .02) col = g.y < .0 ? hue(id*.37 + scene)*(.8 + 3.*g.x) : (abs(g.x) < .08*R && night > 0. ? vec3(1, .9, .6) : vec3(.15));
	}
	float base = -.55 + .15*pick(4.);
	for (int i = 0; i < 6; i++) {
		float k = float(i)*5. + 50., w = mix(.25, .6, pick(k)), h = mix(.3, .6, pick(k + 1.)); vec2 q = p - vec2(mix(-1.2, 1.2, fract(float(i)*.382 + pick(5.))), -1. + .1*pick(k + 2.));
		float roof = max((q.y - h)/(.6*h) + abs(q.x)/w - .1, h*.8 - q.y), wall = max(abs(q.x) - .8*w, abs(q.y - h*.4) - h*.45); float st = step(.5, fract(q.x/w*(q.y > h*.8 ? 4./(1.7 - q.y/h + .2) : 4.)));
		if (min(roof, wall) < 0.) col = mix(hue(pick(k + 3.)), vec3(.95), st)*(.7 + .4*S(w, -w, q.x))*mix(1., .6, night)*(wall < 0. && abs(q.x) < .2*w ? .3 : 1.);
	}
	float y = .75 + .15*pick(6.) - .12*cos(p.x*3. + scene); vec2 fl = vec2(fract(p.x*6.) - .5, (y - p.y)*5.);
	if (fl.y > 0. && abs(fl.x) < .4 - .4*fl.y) col = hue(floor(p.x*6.)*.31 + scene);
	color = vec4(col, 1.);
}
