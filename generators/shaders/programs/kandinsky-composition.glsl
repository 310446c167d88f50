// Abstract compositions: discs with rings, wedges, arcs, chequers, combs of lines and ruled beams of all sizes on washed paper.
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }
float noise(vec2 p) { vec2 i = floor(p), f = smoothstep(.0, 1., fract(p)); float n = i.x + 57.*i.y; return mix(mix(rnd(n), rnd(n + 1.), f.x), mix(rnd(n + 57.), rnd(n + 58.), f.x), f.y); }

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.), run = fract(iTime/2.);
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y;
	float tone = rnd(scene + .1), hue = rnd(scene + .2);
	vec3 paper = mix(vec3(.12, .13, .2), vec3(.95, .9, .78), step(.3, tone)), wash = .5 + .4*cos(6.28*(hue + vec3(.0, .4, .7)));
	vec3 col = mix(paper, wash, .8*smoothstep(.3, .75, noise(1.7*s + 31.*tone)));
	col *= .92 + .12*noise(90.*s);
	for (int i = 0; i < 13; i++) {
		float k = scene*23. + float(i), kind = floor(7.*rnd(k + .11)), size = .85*pow(.9, float(i))*mix(.2, 1., rnd(k + .17));
		vec2 p = s - 2.4*vec2(rnd(k + .23), rnd(k + .29)) + 1.2;
		float a = 6.28*rnd(k + .31) + .8*(run - .5)*(rnd(k + .37) - .5);
		p = mat2(cos(a), sin(a), -sin(a), cos(a))*p/size;
		float l = length(p), t = atan(p.y, p.x), d = 9., px = .012/size;
		if (l > 1.6 && kind != 5.) continue;
		vec3 ink = .5 + .5*cos(6.28*(rnd(k + .41) + vec3(.0, .33, .67)*mix(.3, 1., rnd(k + .43))));
		ink = mix(ink, vec3(step(.6, rnd(k + .47))), step(.72, rnd(k + .53)));
		vec3 other = ink.yzx*(.3 + rnd(k + .59));
		if (kind == .0) { d = l - .7; ink = mix(ink, other, step(.5, fract(l*3.))); }  // target
		if (kind == 1.) { d = max(abs(t) - mix(.15, .8, rnd(k + .61)), l - 1.2); ink *= .5 + .5*l; }  // wedge
		if (kind == 2.) { d = max(abs(l - .7) - mix(.03, .2, rnd(k + .67)), abs(t) - 2.); }  // arc
		if (kind == 3.) { d = max(abs(p.x), abs(p.y)) - .5; ink = mix(ink, other, mod(floor(p.x*5.) + floor(p.y*5.), 2.)); }  // chequer
		if (kind == 4.) { d = max(abs(p.x) - .8, abs(fract(p.y*4.) - .5)*.25 - .04); d = max(d, abs(p.y) - .4 - .3*p.x); }  // comb
		if (kind == 5.) { d = abs(p.y) - mix(.02, .12, rnd(k + .71)); ink *= .7 + .3*sin(p.x*9.); }  // beam across
		if (kind == 6.) { d = max(p.y - .4, max(-p.y - .4, abs(p.x + .1*p.y)*1.2 + .4*p.y - .4)); ink = mix(ink, other, smoothstep(-.4, .4, p.y)); }
		float inside = smoothstep(px, -px, d), glow = step(.6, rnd(k + .73));
		col *= 1. - .4*glow*smoothstep(.3, .0, d)*(1. - inside);
		vec3 over = rnd(k + .79) < .35 ? col*(.25 + ink) : ink*(.9 + .2*p.y);
		over = mix(over, vec3(.05), smoothstep(3.*px, px, abs(d))*step(.5, rnd(k + .83)));
		col = mix(col, over, inside);
	}
	fragColor = vec4(col, 1.);
}
