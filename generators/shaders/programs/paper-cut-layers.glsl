// Layered paper cut-outs: sheets with scalloped, jagged, wavy or arched holes stacked into a lit shadow box over a glowing backdrop.
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }
#define pick(x) rnd(scene + x)
vec3 ink(float x, float s) { return .55 + .42*cos(6.2832*(x + vec3(rnd(s), rnd(s + .3), rnd(s + .6)))); }

// Below zero where the sheet has paper. mode: 0 valleys seen from the side, 1 a hole to look through, 2 both.
float sheet(vec2 p, float z, float scene, float run) {
	float k = scene*9. + z*1.37, mode = floor(3.*pick(.1)), edge = floor(5.*rnd(k + .2)), f = mix(1., 5., rnd(k + .3));
	p.x += (run - .5)*.06*z;
	vec2 q = p - .5*vec2(pick(.4) - .5, pick(.5) - .5);
	float t = atan(q.y, q.x), x = mode == 1. ? t*floor(1. + f)*.5 : p.x*f + 9.*rnd(k + .6), cut = .0;
	if (edge == .0) cut = sin(x*2.) + .4*sin(x*4. + k);
	if (edge == 1.) cut = 2.*abs(fract(x/3.14159) - .5)*2. - 1.;  // peaks
	if (edge == 2.) cut = 2.*abs(sin(x)) - 1.;  // scallops
	if (edge == 3.) cut = mode == 1. ? sign(sin(x*2.))*.7 : 2.*rnd(floor(x*3.) + k) - 1.;  // roofs
	if (edge == 4.) cut = sin(x*2.) + .35*sin(x*2.*7.);  // fir trees
	float hills = p.y + .75 - .27*(7. - z)*mix(.6, 1., pick(.7)) + .4 - cut*mix(.05, .3, rnd(k + .8));
	float hole = (1.45 - .17*(8. - z) - length(q) + cut*mix(.03, .14, rnd(k + .9))*length(q));
	return mode == .0 ? hills : mode == 1. ? hole : min(hills, hole);
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.5), run = fract(iTime/2.5), a = 6.28*pick(1.1), zoom = mix(.6, 1.15, pick(1.2));
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y, p = s*zoom, light = vec2(cos(a), abs(sin(a)) + .3);
	vec2 sun = p - .6*vec2(pick(1.3) - .5, pick(1.4));
	float r = length(sun), flip = step(.5, pick(1.5)), range = mix(.1, .8, pick(1.6));
	vec3 col = mix(ink(.9, scene + 3.)*1.1, ink(.6, scene + 3.)*.5, smoothstep(.0, 1.4, r));
	col = mix(col, col*1.25, step(.5, fract(r*3. - run)));
	col = mix(col, vec3(1., .96, .8), step(r, mix(.1, .3, pick(1.7))));
	for (float z = 1.; z < 8.; z++) {
		float d = sheet(p, z, scene, run), lift = .045 + .012*z, blur = .1;
		float dark = sheet(p + light*lift, z, scene, run);
		col *= 1. - .55*smoothstep(blur, -blur, dark);
		if (d > .0) continue;
		float tone = flip > .5 ? z/7. : 1. - z/7., k = scene*9. + z;
		vec3 paper = ink(range*z/7., scene)*mix(.22, 1.25, tone);
		float motif = rnd(k + .15); vec2 u = p*mix(4., 12., rnd(k + .25)) + k;
		if (motif < .2) paper = mix(paper, ink(.5, k), step(length(fract(u) - .5), .25)*step(.1, -d));
		else if (motif < .4) paper *= .8 + .25*step(.5, fract(u.x + u.y));
		else if (motif < .6) paper *= .75 + .4*step(.5, fract(-d*9.));
		col = paper*(.95 + .08*rnd(floor(p.x*90.) + 57.*floor(p.y*90.)))*(1. + .15*dot(s, light)) + .25*smoothstep(-.014, .0, d);
	}
	fragColor = vec4(col, 1.);
}
