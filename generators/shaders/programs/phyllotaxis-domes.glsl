// Sunflower spirals: seeds placed at a chosen angle, drawn as shaded domes, petals or studs on a lit disc with petals behind.
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }
#define pick(x) rnd(scene + x)
vec3 ink(float x, float s) { return .5 + .5*cos(6.2832*(x + vec3(rnd(s), rnd(s + .3), rnd(s + .6)))); }

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.5), run = fract(iTime/2.5);
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y;
	float zoom = mix(.35, 1.3, pick(.1));
	vec2 p = s*zoom + (vec2(pick(.2), pick(.3)) - .5)*1.2;
	p.y *= mix(1., 2., pick(.4));  // seen from the side
	p /= 1. + .25*p.y*pick(.4);
	float l = length(p), a = atan(p.y, p.x);
	float angle = 2.399963 + (pick(.5) > .5 ? .0 : .004*sin(9.*scene)) + .0006*run;
	float total = floor(mix(40., 180., pick(.6))), step_ = 1./sqrt(total);
	// sky, leaves, and a ring of long petals behind the head
	vec3 col = mix(ink(.1, scene + 3.), ink(.45, scene + 3.)*.4, smoothstep(-1., 1., s.y + .4*sin(3.*s.x + scene)));
	col *= .8 + .25*step(.0, sin(9.*s.x + 5.*sin(4.*s.y + scene)));
	for (int ring = 0; ring < 2; ring++) {
		float n = floor(mix(7., 26., pick(.7))), w = 6.2832/n, b = a + float(ring)*.5*w;
		float id = floor(b/w), u = (b/w - id)*2. - 1.;
		float reach = 1.35 + .3*rnd(id + scene) - .15*float(ring);
		float v = (l - .8)/(reach - .8), petal = abs(u) - .9*sqrt(max(.0, 1. - v*v));
		col *= 1. - .5*smoothstep(.35, .0, petal)*step(v, 1.);
		vec3 leaf = ink(.06*rnd(id*3.1), scene + 7.)*(.45 + .5*v + .3*u)*(.85 + .15*cos(25.*u));
		col = mix(col, leaf, smoothstep(.02, -.02, petal)*step(v, 1.));
	}
	col = mix(col, ink(.5, scene)*.25, smoothstep(1.01, .99, l));
	// the seeds near this radius; later ones lie on top
	float middle = floor(l*l*total), kind = pick(.8);
	float reach = min(24., 5. + 1.5*sqrt(total)), top = -1., height = .0, grow = mix(.8, 1.35, pick(.9));
	vec2 spot = vec2(.0), step2 = vec2(cos(angle), sin(angle)), dir = vec2(cos(angle*(middle - reach)), sin(angle*(middle - reach)));
	for (int i = 0; i < 48; i++) {
		float id = middle - reach + float(i);
		vec2 aim = dir;
		dir = vec2(dir.x*step2.x - dir.y*step2.y, dir.x*step2.y + dir.y*step2.x);
		if (float(i) > 2.*reach || id < .0 || id > total) continue;
		float r = sqrt(id/total);
		vec2 c = r*aim, d = (p - c)/(step_*grow*mix(.55, 1.15, kind > .5 ? r : 1. - .6*r));
		d = mat2(c.x, -c.y, c.y, c.x)/max(r, .01)*d;
		if (kind > .4) d.y *= 1.5;
		float h = 1. - dot(d, d) + (kind < .2 ? .3*cos(5.*atan(d.y, d.x)) : .0);
		if (h > .0 && h + .02*id*step(.7, kind) > height) { height = h + .02*id*step(.7, kind); top = id; spot = d; }
	}
	if (top >= .0) {
		float h = sqrt(max(.0, 1. - min(1., dot(spot, spot)))), lit = max(.0, dot(vec3(spot, h), vec3(-.5, .4, .75)));
		float arm = mod(top, kind > .5 ? 13. : 8.);
		vec3 seed = ink(.35*l + .06*arm, scene)*mix(1., .35, step(4.5, mod(top, 21.)*pick(1.1)));
		col = seed*(.25 + .95*lit) + .6*pow(lit, 30.);
		col *= .5 + .5*smoothstep(.0, .3, h);
	}
	col *= l < 1. ? .65 + .55*dot(p, vec2(-.5, .6)) + .3*(1. - l) : 1.;
	fragColor = vec4(pow(max(col, .0), vec3(.8)), 1.);
}
