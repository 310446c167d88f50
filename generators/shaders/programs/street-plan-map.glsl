// City maps: a bent street grid with avenues, a ring road, a river with bridges, parks, buildings with shadows and route lines.
float rnd2(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7)))*43758.5453); }
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }
#define pick(x) rnd(scene + x)
vec3 ink(float x, float s) { return .55 + .42*cos(6.2832*(x + vec3(rnd(s), rnd(s + .3), rnd(s + .6)))); }

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.5), run = fract(iTime/2.5);
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y;
	float a = 6.28*pick(.1), tilt = .9*(pick(.2) - .3), night = step(.65, pick(.3));
	vec2 p = mat2(cos(a), sin(a), -sin(a), cos(a))*s/(1.2 - tilt*s.y)*mix(.8, 3., pick(.4)) + 40.*rnd(scene) + .5*run;
	vec2 hub = 40.*vec2(rnd(scene)) + vec2(cos(a), sin(a)), w = p;
	float ring = length(p - hub) - mix(1.2, 2.4, pick(.5));
	if (pick(.6) < .3) { vec2 d = p - hub; w = vec2(length(d), atan(d.y, d.x)*2.5465); }  // radial city
	else w += mix(.1, .5, pick(.7))*sin(p.yx*vec2(.9, 1.1) + scene);
	// split each block until the lot is small enough
	vec2 lo = floor(w), hi = lo + 1.;
	float id = rnd2(lo + scene), street = .035;
	vec2 e = min(w - lo, hi - w);
	float road = min(e.x, e.y) - (rnd2(lo*vec2(.0, 1.)) < .3 ? .09 : .06);
	for (int i = 0; i < 3; i++) {
		vec2 cut = mix(lo, hi, .3 + .4*vec2(rnd(id*7. + float(i)), rnd(id*9. + float(i))));
		bool wide = hi.x - lo.x > hi.y - lo.y;
		float d = wide ? w.x - cut.x : w.y - cut.y;
		road = min(road, abs(d) - street);
		if (wide) { if (d < .0) hi.x = cut.x; else lo.x = cut.x; } else { if (d < .0) hi.y = cut.y; else lo.y = cut.y; }
		id = fract(id*5.1 + (d < .0 ? .37 : .71)); street *= .6;
	}
	vec2 room = .5*(hi - lo) - .05, q = w - .5*(lo + hi), sun = vec2(.06, -.05);
	float lot = max(abs(q.x) - room.x, abs(q.y) - room.y), tall = rnd(id*31.);
	vec3 ground = mix(ink(.1, scene), vec3(.06, .07, .13), night), paint = ink(.35 + .3*tall*pick(.8), scene + 3.);
	vec3 col = ground*(.9 + .1*rnd2(floor(w*9.)));
	if (id < .18) col = ink(.6, scene)*(.5 + .5*smoothstep(.25, .1, length(fract(w*7. + rnd2(floor(w*7.))*.3) - .5)));  // park with trees
	else {
		col *= 1. - .5*smoothstep(.02, -.04, max(abs(q.x - sun.x*tall*1.5) - room.x, abs(q.y - sun.y*tall*1.5) - room.y));
		float yard = rnd(id*17.) < .35 ? max(lot, -(max(abs(q.x), abs(q.y)) - .4*min(room.x, room.y))) : lot;
		vec3 roof = paint*mix(.5, 1.2, tall)*(1. + .35*sign(q.x + q.y)*step(.5, rnd(id*23.)));
		roof = mix(roof, mix(roof*.4, vec3(1., .85, .4), step(.5, rnd2(floor(w*22.)))), night*step(.3, tall));
		col = mix(col, roof, step(yard, .0));
	}
	float water = p.y - hub.y + .8*sin(.9*p.x + scene) + .3*sin(2.3*p.x) - .6, width = mix(.15, .7, pick(.9));
	if (abs(water) < width) col = ink(.9, scene + 9.)*(.55 + .5*abs(water)/width + .08*sin(30.*water + 9.*p.x))*(1. - .5*night);
	vec3 asphalt = mix(vec3(.97, .96, .9), vec3(.9, .55, .2), night*.8);
	bool bridge = abs(water) < width && rnd(floor(w.x + .5)*3.1) < .6;
	if (road < .0 && (bridge || abs(water) > width)) col = mix(asphalt, asphalt*.6, step(-.012, road));
	float lane = abs(ring) - .1;
	if (lane < .03) { col = lane < .0 ? mix(vec3(.98, .78, .25), vec3(.9), step(abs(ring), .012)*step(.5, fract(6.*atan(p.y - hub.y, p.x - hub.x)))) : vec3(.25); }
	float route = p.x - hub.x + 1.1*sin(.7*p.y + 2.*scene) - .5;
	if (abs(route) < .05) col = ink(.5, scene + 21.)*vec3(1.1, .3, .5) + .1;
	vec2 pin = s - .8*vec2(pick(1.1) - .5, pick(1.2) - .3);
	float drop = max(length(pin) - .13, -9.), tip = max(abs(pin.x)*1. + .45*-pin.y - .14, max(pin.y, -pin.y - .31));
	col *= 1. - .5*smoothstep(.12, .0, length((pin + vec2(-.12, .27))*vec2(.7, 1.6)));
	if (min(drop, tip) < .0) col = length(pin) < .05 ? vec3(1.) : vec3(.9, .15, .15)*(.8 + 2.*pin.y - pin.x);
	fragColor = vec4(col*(1. + .2*tilt*s.y), 1.);
}
