// Toy towns: rows of simple houses, trees, clouds, cars, and boats or roads in layered parallax, at dawn, noon, dusk or night.
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }
#define pick(x) rnd(scene + x)
vec3 hue(float x) { return .55 + .42*cos(6.2832*(x + vec3(.0, .33, .67))); }
float box(vec2 p, vec2 b) { p = abs(p) - b; return max(p.x, p.y); }

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.5), run = fract(iTime/2.5), day = mix(.35, 1.25, pick(.1)), tint = pick(.2);
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y;
	s = s*mix(.6, 1.2, pick(.3)) + vec2(.0, .3*pick(.35) - .1); s.y += .3*(pick(.4) - .5)*s.x;
	float sky = smoothstep(-.6, 1.2, s.y);
	vec3 air = mix(hue(tint), vec3(1.), .3)*day, col = mix(air, hue(tint + .3 + .3*rnd(scene))*.55*day, sky);
	vec2 sun = s - vec2(1.4*pick(.5) - .7, .5 + .4*pick(.6));
	col += vec3(1., .8, .5)*(step(length(sun), .17) + .3*exp(-3.*length(sun)));
	for (int i = 0; i < 4; i++) { vec2 c = s - vec2(mod(rnd(scene + float(i))*3. + .3*run, 3.) - 1.5, .35 + .5*rnd(scene*2. + float(i))); float d = 9.; for (int j = 0; j < 4; j++) d = min(d, length((c - vec2(.14*float(j) - .2, .05*sin(float(j)*2.3 + scene)))*vec2(1., 1.4)) - .08 - .04*rnd(float(i*4 + j))); col = mix(col, mix(vec3(.7), vec3(1.), smoothstep(-.1, .1, c.y))*(.3 + .7*day), smoothstep(.02, -.02, d)); }
	for (int layer = 0; layer < 5; layer++) {
		float z = float(layer), k = scene*7. + z, scale = mix(.22, .7, z*.25)*mix(.7, 1.4, pick(.7)), haze = .5 - .16*z;
		vec2 p = vec2(s.x + (run - .5)*scale*.6 + 9.*rnd(k), s.y + .1 + .24*z - .1*pick(.8));
		float hill = (.06 + .14*rnd(k + .3))*sin(p.x*2.5 + k)*(z < 3. ? 1. : .2);
		p.y -= hill;
		float id = floor(p.x/scale), c = rnd(id*1.3 + k), h = rnd(id*2.1 + k), w = mix(.26, .46, h);
		vec2 q = vec2(p.x/scale - id - .5, p.y/scale), r = q;
		vec3 paint = hue(tint + c*mix(.2, 1., pick(.9)))*mix(.35, 1.3, fract(h*5.)), roof = hue(c*7.)*.55;
		vec3 lit = mix(vec3(.2, .25, .35), vec3(1., .9, .5), step(.4 + .4*day, rnd(floor(q.x*6.) + floor(q.y*6.)*7. + c)));
		vec3 ink = vec3(-1.);
		if (layer == 3 && pick(1.) < .75) {  // traffic
			if (c < .65) { r.y -= .2;
				float cab = max(abs(r.x + .05) - .22 + .5*(r.y - .1), abs(r.y - .16) - .1), wheel = length(vec2(abs(r.x) - .24, r.y + .1)) - .09;
				if (box(r, vec2(.43, .1)) < .0) ink = paint*(1.1 + 2.*r.y);
				if (cab < .0) ink = cab > -.03 || abs(r.x + .05) < .02 ? paint : vec3(.6, .8, .9)*day;
				if (wheel < .0) ink = vec3(wheel < -.05 ? .8 : .07);
				if (length(r - vec2(.41, .0)) < .05) ink = vec3(1., 1., .7);
			}
		} else if (c < .68) {  // house
			float tall = mix(.4, 1.6, rnd(c*31.)), top = r.y - tall, gable = mix(1., .2, step(.6, h));
			if (abs(r.x) < w && r.y < tall) { ink = paint*(.85 + .3*step(.0, r.x + .1)); vec2 g = fract(r*vec2(5., 4.)) - .5; if (r.y > .25 && box(g, vec2(.28, .32)) < .0) ink = min(abs(g.x), abs(g.y)) < .05 ? vec3(.9) : lit; if (box(r - vec2(.1, .1), vec2(.07, .15)) < .0) ink = roof.zxy; }
			if (top > .0 && top*.7 < gable*(w + .05 - abs(r.x))) ink = roof*(.8 + .3*step(.5, fract(top*9.)));
			if (box(r - vec2(.6*w, tall + .15), vec2(.05, .2)) < .0 && ink.x < .0) ink = roof*.6;
		} else if (c < .92) {  // tree: ball, cone or poplar
			float crown = h < .4 ? length(r - vec2(.0, .6)) - .3 : h < .7 ? max(abs(r.x)*1.6 + .5*r.y - .55, .2 - r.y) : length((r - vec2(.0, .6))*vec2(2.2, 1.)) - .45;
			if (abs(r.x) < .04 && r.y < .5) ink = vec3(.3, .2, .12);
			if (crown + .03*sin(40.*r.x)*sin(40.*r.y) < .0) ink = mix(hue(.33), hue(c*9.), .5)*(.45 + .5*smoothstep(.3, -.3, r.x - r.y + .5));
		}
		if (ink.x >= .0 && p.y > -.02) col = mix(ink*(.35 + .65*day), air, max(haze, .0));
		if (p.y < .0) {
			vec3 ground = hue(.3*rnd(k + .1) + tint + .2)*mix(.35, .8, rnd(k + .2))*(1. + 1.5*p.y);
			if (layer == 3) { ground = vec3(.3, .3, .34); if (abs(p.y + .1) < .012 && fract(p.x*4.) < .6) ground = vec3(.95, .9, .6); }
			if (layer == 4) ground = mix(ground, hue(pick(1.1)), step(.6, fract(p.x*5. + sin(20.*p.y))));
			col = mix(ground*(.35 + .65*day), air, max(haze, .0));
		}
	}
	fragColor = vec4(col, 1.);
}
