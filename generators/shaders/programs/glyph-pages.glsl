// Printed pages lying about: columns of invented glyphs, headlines, rules, pictures and coloured boxes in unlike layouts and scripts.
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }
float rnd2(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7)))*43758.5453); }

// Ink of one invented letter: strokes on a coarse lattice, or round strokes.
float glyph(vec2 u, float k, float script) {
	vec2 q = (u - .5)*1.35 + .5;
	if (q.x < .0 || q.x > 1. || q.y < .0 || q.y > 1.) return .0;
	if (script < .35) { vec2 c = floor(q*vec2(3., 5.)); return step(.45, rnd2(c + k*17.)); }
	vec2 a = q - vec2(rnd(k), rnd(k + .1))*.6 - .2;
	float ring = abs(length(a) - .28) - .08, stem = abs(q.x - .2 - .6*step(.5, rnd(k + .2))) - .09, bar = abs(q.y - .15 - .35*floor(3.*rnd(k + .3))) - .08;
	float slash = abs(q.x - q.y) - .1, d = min(rnd(k + .4) < .6 ? stem : slash, rnd(k + .5) < .5 ? ring : bar);
	return step(d, .0);
}

vec3 page(vec2 p, float k, float run) {  // p in 0..1 across, 0..1.4 down
	float hue = rnd(k + .1), script = rnd(k + .2);
	vec3 ink = rnd(k + .3) < .6 ? vec3(.05, .05, .1) : .3 + .3*cos(6.28*(hue + .5 + vec3(.0, .3, .6)));
	vec3 paper = mix(vec3(.95, .93, .86), .6 + .4*cos(6.28*(hue + vec3(.0, .33, .67))), rnd(k + .4)*.8);
	if (rnd(k + .5) > .75) { vec3 swap = paper; paper = ink; ink = swap; }
	float rowsOfBlocks = 2. + floor(4.*rnd(k + .6)), by = floor(p.y/1.4*rowsOfBlocks);
	float columns = 1. + floor(3.*rnd(k + by + .7)), bx = floor(p.x*columns);
	vec2 b = vec2(p.x*columns - bx, p.y/1.4*rowsOfBlocks - by), size = vec2(1./columns, 1.4/rowsOfBlocks);
	float id = k + 5.3*bx + 11.7*by, kind = rnd(id + .8);
	vec2 q = b*size, edge = min(q, size - q);
	if (min(edge.x, edge.y) < .03) return paper;
	q -= .03;
	if (kind < .28) {  // a picture: sun over hills
		vec3 sky = .5 + .5*cos(6.28*(rnd(id) + vec3(.0, .3, .6) + .3*b.y));
		float hill = .4 + .2*sin(5.*b.x + 9.*rnd(id)) + .1*sin(17.*b.x);
		sky = mix(sky, vec3(1., .9, .5), step(length((b - vec2(rnd(id + .2), .35))*size), .09));
		return 1. - b.y < hill ? sky.zxy*(.2 + b.y*.6) : sky;
	}
	float line = kind < .45 ? .13 : mix(.028, .06, rnd(id + .9)), row = floor(q.y/line);
	float letter = line*mix(.55, 1., rnd(k + .15)), col = floor(q.x/letter);
	float word = step(.13, rnd2(vec2(col, row) + id)), full = step((col + 2.)*letter, (size.x - .06)*mix(.6, 1.6, rnd2(vec2(row, id))));
	float mark = glyph(fract(vec2(q.x/letter, 1. - q.y/line)), rnd2(vec2(col, row) + id)*9., script);
	if (kind > .85) { paper = ink.zxy + .25; }  // box on a tint
	return mix(paper, ink, mark*word*full*(q.y + line < size.y - .03 ? 1. : .0));
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.5), run = fract(iTime/2.5);
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y;
	vec3 col = (.35 + .3*cos(6.28*(rnd(scene) + vec3(.0, .2, .4))))*(.8 + .25*sin(9.*s.x + sin(2.*s.y + scene)*5.));
	float tilt = .8*(rnd(scene + .31) - .5), zoom = mix(.5, 1.7, rnd(scene + .41));
	vec2 w = s*zoom/(1. + tilt*s.y);
	for (int i = 0; i < 5; i++) {
		float k = floor(scene*7. + float(i)), a = 1.6*(rnd(k + .51) - .5)*(rnd(scene + .71) < .7 ? 1. : .1) + .05*run;
		vec2 p = mat2(cos(a), sin(a), -sin(a), cos(a))*(w - 1.5*vec2(rnd(k + .61) - .5, rnd(k + .66) - .5));
		p = vec2(.5 + p.x*.8, .7 - p.y*.8);
		vec2 e = abs(p - vec2(.5, .7)) - vec2(.5, .7);
		col *= .5 + .5*smoothstep(-.05, .12, max(e.x - .03, e.y - .02));
		float curl = .85 + .25*sin(3.*p.x + rnd(k)*6.);
		if (max(e.x, e.y) < .0) col = page(p, k, run)*curl;
	}
	fragColor = vec4(col*(1.1 - .3*length(s - vec2(.4, .5))), 1.);
}
