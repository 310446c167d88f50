// Flat machines: overlapping gears of all sizes, spoked wheels and pressure gauges with ticks and needles, metal shading, shadows.
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/3.), run = iTime;
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y;
	float hue = rnd(scene + .1), spread = rnd(scene + .2), big = mix(.6, 1.3, rnd(scene + .3));
	// back plate: riveted panels, brushed
	vec2 g = s*mix(1., 3., rnd(scene + .4)) + scene, u = abs(fract(g) - .5);
	vec3 col = (.5 + .35*cos(6.28*(hue + .5 + vec3(.0, .2, .5))))*(.6 + .15*sin(170.*(rnd(floor(g.y)) > .5 ? s.x : s.y)) + .25*s.y);
	col *= .5 + .5*smoothstep(.0, .03, .5 - max(u.x, u.y));
	col += .3*smoothstep(.05, .03, length(u - .42))*(fract(g.y) - .4);
	for (int i = 0; i < 9; i++) {
		float k = scene*13. + float(i), R = big*mix(.1, .75, pow(rnd(k + .11), 1.6))*(i < 3 ? 1.4 : .9);
		vec2 p = s - 2.6*vec2(rnd(k + .13), rnd(k + .17)) + 1.3;
		if (length(p) > R*1.4 + .1) continue;
		float l = length(p)/R, n = 8. + floor(R*40.*mix(.5, 1., rnd(k + .19))), turn = run*(rnd(k + .21) - .5)*.4/R + 9.*rnd(k + .3);
		float a = atan(p.y, p.x), t = a + turn, m = 3. + floor(5.*rnd(k + .23)), px = .012/R;
		vec3 metal = .55 + .4*cos(6.28*(hue + spread*rnd(k + .27) + vec3(.0, .15, .35)));
		metal *= mix(.4, 1.25, rnd(k + .29));
		vec2 c = p + vec2(-.05, .07)*(.5 + R);
		col *= 1. - .6*smoothstep(1.15, .85, length(c)/R);
		float sheen = .75 + .35*cos(2.*a - 1.5) + .15*sin(90.*l);
		if (rnd(k + .31) < .6) {  // gear
			float tooth = .06*clamp(3.*cos(n*t), -1., 1.)*min(1., 20./n), d = l - .94 - tooth;
			float spoke = fract(t*m/6.28319) - .5, hole = max(abs(l - .52) - .22, abs(spoke)*l - mix(.1, .4, l)*.55);
			if (rnd(k + .37) < .35) hole = length(vec2(l - .55, spoke*l*6.28/m)) - .17;
			float solid = max(d, -hole);
			vec3 face = metal*sheen*(1. - .35*step(.8, l))*(l < .2 ? 1.3 : 1.);
			face *= 1. + .5*smoothstep(3.*px, .0, -solid)*cos(a - 2.2);
			if (l < .09) face = vec3(.1);
			col = mix(col, face, smoothstep(px, -px, solid));
			if (solid > .0 && hole < .0) col *= .75;
		} else {  // gauge
			float from = 3.9, sweep = 4.7, f = mod(from - a, 6.2832)/sweep, ticks = 10.*(2. + floor(3.*rnd(k + .41)));
			vec3 face = mix(vec3(.95, .94, .88), vec3(.06, .07, .09), step(.55, rnd(k + .43))), mark = 1. - face;
			if (f < 1.) {
				if (abs(l - .62) < .06 && f > .6) face = f > .8 ? vec3(.9, .15, .1) : vec3(.95, .75, .1);
				float tick = abs(fract(f*ticks + .5) - .5)/ticks*sweep*l, major = step(abs(fract(f*ticks/5. + .5) - .5), .1);
				if (tick < .012 + .012*major && l > .78 - .1*major && l < .86) face = mark;
			}
			float value = from - sweep*clamp(.5 + .45*sin(run*(.5 + rnd(k)) + k), .0, 1.);
			vec2 w = vec2(cos(value), sin(value)), q = vec2(dot(p, w), p.x*w.y - p.y*w.x)/R;
			face *= 1. - .4*smoothstep(.06, .0, max(abs(q.y + .05) - .02, abs(q.x - .3) - .4));
			if (abs(q.y) < .05*(.8 - q.x) && q.x > -.2 && q.x < .75) face = vec3(.85, .2, .1)*(q.y > .0 ? 1.2 : .7);
			if (l < .11) face = metal*(1.2 - 5.*l);
			face *= .85 + .3*smoothstep(.1, .0, abs(dot(p, vec2(.7, .7))/R - .25)) + .2*p.y/R;
			if (l > .9) face = metal*(.8 + .6*cos(a - 2.2)*sign(.95 - l));
			col = mix(col, face, smoothstep(1. + px, 1. - px, l));
		}
	}
	fragColor = vec4(col*(1.1 - .25*length(s - vec2(-.5, .6))), 1.);
}
