// House fronts by day or night: storeys of windows with frames, sills, blinds and lit rooms, balconies, brick or panel walls, in perspective.
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }
#define pick(x) rnd(scene + x)
float rnd2(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7)))*43758.5453); }
vec3 hue(float x) { return .5 + .5*cos(6.2832*(x + vec3(.0, .33, .67))); }

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.), run = fract(iTime/2.), night = step(.7, rnd(scene*1.7 + .1));
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y;
	vec3 col = mix(hue(rnd(scene))*.5 + .5, hue(pick(.2))*.7, .5 + .5*s.y + .2*sin(3.*s.x + 5.*s.y*s.y))*(1. - .75*night);
	// two walls meet at a corner; the nearer end of each is taller
	float corner = 2.2*pick(.3) - 1.1, side = sign(s.x - corner), far = abs(s.x - corner);
	float slope = mix(-.4, .55, pick(.4))*(side > .0 ? 1. : .8), shrink = 1. - clamp(slope*far, -2., .85);
	vec2 p = vec2(far/shrink, (s.y + .5)/shrink)*mix(.9, 3.4, pick(.5));
	float wall = scene*2. + side, height = 1. + floor(9.*rnd(wall + .1)) + step(pick(.6), .5)*9.;
	float aspect = mix(.6, 1.7, rnd(wall + .2)), base = pick(.7);
	vec2 q = p*vec2(aspect, 1.), c = floor(q), u = fract(q) - .5;
	if (c.y < height && c.y > -2.) {
		float k = rnd2(c + wall), row = rnd(c.y*3.3 + wall), light = mix(side*sin(scene*2.)*.4 + 1.25, .55, night);
		vec3 stone = mix(vec3(.75), hue(base + .2*rnd(wall)), .5)*(.5 + .5*rnd(wall + .3));
		if (rnd(wall + .4) < .4) stone = hue(k*.3 + base);  // coloured panels
		vec2 b = p*vec2(5., 11.); b.x += .5*mod(floor(b.y), 2.);
		col = stone*light*(.8 + .3*rnd2(floor(b)))*(.7 + .3*step(.1, min(fract(b.x)*2., fract(b.y))));
		col *= .75 + .25*step(.04, abs(u.y + .46)) + .3*smoothstep(.04, .0, abs(u.y + .4));  // ledges
		vec2 w = vec2(mix(.18, .42, rnd(wall + .5)), mix(.24, .4, row));
		bool door = c.y < .0; if (door) w = vec2(.4, .45);
		float arch = rnd(wall + .6) < .35 ? length(vec2(u.x, max(u.y - w.y + w.x, .0))) - w.x : abs(u.x) - w.x;
		float e = max(arch, abs(u.y) - w.y), shade = max(abs(u.x - .06*side) - w.x, abs(u.y + .07) - w.y);
		col *= 1. - .5*(1. - night)*smoothstep(.05, .0, shade);
		vec2 g = u/w;
		vec3 room = mix(mix(vec3(1., .85, .5), hue(k*5.), .35)*1.1, vec3(.12, .16, .25), step(mix(.05, .6, night), k));
		vec3 sky = mix(vec3(.25, .35, .45), vec3(.85, .92, 1.), step(.1, sin(3.*g.x + 4.*g.y + 6.*k + run)));
		vec3 glass = mix(room, sky, .6*(1. - night))*(.7 + .3*g.y);
		if (fract(k*7.) < .4) glass = mix(glass, hue(k*9.)*(.4 + .4*step(.5, fract(u.y*16.))), step(2.*fract(k*13.) - 1., g.y));  // blinds
		if (fract(k*17.) < .2) glass *= .3 + .7*step(.3, length(vec2(g.x - .2, max(.0, abs(g.y + .6) - .5))));  // someone inside
		float bar = min(abs(g.x), abs(g.y - .3*row)) - .06;
		vec3 frame = mix(vec3(.95), hue(base + .5)*.4, step(.5, rnd(wall + .7)))*(light + .2);
		if (e < .0) col = e > -.035 || bar < .0 ? frame : glass;
		if (row > .65 && abs(u.y + .33) < .12) col = mix(col, frame.zxy*.45, step(.55, fract(u.x*9.)) + step(.09, abs(u.y + .33)));  // balcony
	} else if (c.y < -1.) col = mix(vec3(.3), hue(base + .4), .2)*(1.1 - .7*night)*(.8 + .2*step(.93, fract(p.x))) ;
	col *= 1. - .5*exp(-22.*far) + .12*side;
	float at = 1.6*sin(scene*7.), post = s.x - at, lamp = length(s - vec2(at, .35));
	if (abs(post) < .025 && s.y < .35) col = vec3(.06);
	col = mix(col, vec3(1., .9, .6), max(step(lamp, .08), night*.6*exp(-3.5*lamp)));
	fragColor = vec4(col, 1.);
}
