// Printed circuit boards: routed copper traces and vias under solder mask, with chips, capacitors, resistors and their shadows.
float rnd2(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7)))*43758.5453); }
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }
#define pick(x) rnd(scene + x)
float box(vec2 p, vec2 b) { p = abs(p) - b; return max(p.x, p.y); }

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/3.), run = fract(iTime/3.);
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y;
	float a = pick(.1) < .5 ? 1.5708*floor(4.*pick(.2)) : 6.28*pick(.2), tilt = 1.2*(pick(.3) - .5);
	vec2 p = mat2(cos(a), sin(a), -sin(a), cos(a))*s/(1.1 + tilt*s.y)*mix(1.5, 4.5, pick(.4)) + 30.*rnd(scene) + run;
	vec3 mask = .4 + .35*cos(6.28*(pick(.5) + vec3(.0, .33, .67))), copper = mix(vec3(1., .75, .35), vec3(.85, .9, .95), step(.6, pick(.6)));
	// traces: in each cell a straight, a 45 degree jog or a via, in bundles of several lines
	float n = 2. + floor(4.*rnd2(floor(p*.5) + scene));
	vec2 q = p*n*1.5, cell = floor(q), u = fract(q) - .5;
	float k = rnd2(cell + scene), flow = step(.5, rnd2(floor(p*.5) + 7. + scene));
	if (flow > .5) u = u.yx;
	float trace = k < .7 ? abs(u.y) : abs(abs(u.x + u.y) - .5)*.7, via = length(u);
	if (k > .92) trace = 1.;
	vec3 col = mask*(.8 + .15*rnd2(floor(p*60.)));
	col = mix(col, mask*1.7 + .1, smoothstep(.2, .14, trace));
	if (k > .62 && k < .8) col = via < .14 ? vec3(.03) : mix(copper*(.9 + u.y), col, smoothstep(.28, .34, via));
	// parts on three scales of grid
	for (int level = 0; level < 3; level++) {
		float f = level == 0 ? 1.6 : level == 1 ? .8 : .4, odds = level == 0 ? .3 : .35;
		vec2 g = p*f + 5.3*float(level), c = floor(g);
		float id = rnd2(c + 3.*scene + float(level));
		if (id > odds) continue;
		float h = fract(id*97.3), kind = floor(4.*fract(id*53.7)), e = .0;
		vec2 v = fract(g) - .5, size = vec2(.3, .15 + .12*h), d = normalize(v + 1e-4);
		if (fract(id*31.1) < .5) v = v.yx;
		vec2 w = v - .05*vec2(cos(a - .8), sin(a - .8));
		vec3 body = vec3(.09, .1, .12);
		if (kind == .0) {  // electrolytic can
			e = length(v) - .3;
			col *= 1. - .7*smoothstep(.08, -.05, length(w*.95) - .3);
			body = mix(vec3(.75, .78, .8), mask.zxy*.5, step(.12, v.x))*(.7 + .5*cos(2.*atan(v.y, v.x) + a))*(length(v) > .24 ? .6 : 1.);
			body *= smoothstep(.0, .02, min(abs(v.x), abs(v.y)) + .3*step(.15, length(v)));
		} else if (kind == 1.) {  // resistor with colour rings
			size = vec2(.34, .11); e = box(v, vec2(.26, .1)) ;
			col = mix(col, copper*(1. - 6.*abs(v.y)), step(box(v, vec2(.45, .03)), .0));
			col *= 1. - .6*smoothstep(.06, -.03, box(w, size*.8));
			float band = floor((v.x + .26)*14.);
			body = mix(vec3(.8, .68, .48), .5 + .5*cos(6.28*(rnd(band + id) + vec3(.0, .4, .7))), mod(band, 2.))*(.45 + .7*sqrt(max(.0, 1. - v.y*v.y*95.)));
		} else {  // chip with legs and printed text
			e = box(v, size);
			float leg = max(abs(fract(v.x*14.) - .5) - .25, box(v, size + vec2(-.02, .1)));
			col *= 1. - .6*smoothstep(.08, -.04, box(w, size));
			col = mix(col, copper*(.6 + 2.*abs(abs(v.y) - size.y)), step(leg, .0));
			body = mix(vec3(.1), mask.yzx*.6, step(.8, h))*(1. + v.y*2.);
			body += .55*step(.55, rnd2(floor(v*vec2(45., 22.)) + id))*step(abs(v.y), .07)*step(abs(v.x), .2)*step(.3, fract(v.y*11.));
			if (length(v - vec2(-.24, size.y - .05)) < .02) body = vec3(.5);
		}
		if (e < .0) col = body*(1. + .6*dot(d, vec2(-.5, .7))*step(-.025, e));
	}
	float gleam = exp(-6.*pow(dot(s, vec2(cos(scene), sin(scene))) - .8*(pick(.7) - .5), 2.));
	fragColor = vec4(col*(.65 + .9*gleam) + .04*gleam, 1.);
}
