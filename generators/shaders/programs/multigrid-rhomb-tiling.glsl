// Quasi-periodic rhomb tilings (8-, 10-, 12-fold) by de Bruijn's multigrid, rhombs inked by direction like stacked blocks.
float rnd(float n) { return fract(sin(n*57.31)*43758.55); }
#define pick(x) rnd(scene + x)

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.5), run = fract(iTime/2.5);
	vec2 p = (2.*fragCoord - iResolution.xy)/iResolution.y, screen = p;
	float tilt = pick(.1), fog = 1.;
	if (tilt > .5) { float z = 1./(1.5 + p.y*(.6 + .7*tilt)); p = vec2(p.x, 1.)*z*1.6; fog = clamp(2.2 - 1.2*z, .3, 1.2); }
	p = p*mix(1.5, 4.5, pick(.2)) + 14.*vec2(pick(.3), pick(.4)) + 1.5*run;
	int n = 4 + int(2.2*pick(.5));
	vec2 e[6]; float off[6];
	for (int i = 0; i < 6; i++) {
		float a = 3.14159*float(i)/float(n) + scene;
		e[i] = vec2(cos(a), sin(a)); off[i] = rnd(scene + .61*float(i));
	}
	vec2 x = p*2./float(n), uv = vec2(.0);
	float pair = -1., id = .0, slim = 1.;
	// every crossing of two grid lines is the dual of one rhomb: test those near x
	for (int j = 0; j < 5; j++) for (int k = 1; k < 6; k++) {
		if (pair >= .0 || k <= j || k >= n) continue;
		float cross_ = e[j].x*e[k].y - e[j].y*e[k].x;
		float a0 = floor(dot(x, e[j]) - off[j]), b0 = floor(dot(x, e[k]) - off[k]);
		for (int m = 0; m < 4; m++) {
			float a = a0 + float(m % 2), b = b0 + float(m/2);
			vec2 at = vec2((a + off[j])*e[k].y - (b + off[k])*e[j].y, (b + off[k])*e[j].x - (a + off[j])*e[k].x)/cross_;
			if (distance(at, x) > .68) continue;
			vec2 corner = vec2(.0);
			for (int i = 0; i < n; i++) {
				float level = i == j ? a : i == k ? b : ceil(dot(at, e[i]) - off[i]);
				corner += e[i]*(level + off[i] - .5*float(i != j && i != k));
			}
			vec2 d = p - corner;
			vec2 w = vec2(d.x*e[k].y - d.y*e[k].x, e[j].x*d.y - e[j].y*d.x)/cross_ + .5;
			if (min(w.x, w.y) >= .0 && max(w.x, w.y) < 1.) { uv = w; pair = float(k - j) + 7.*float(j); id = a*3.7 + b*9.1 + pair; slim = abs(cross_); }
		}
	}
	vec3 ph = vec3(pick(.7), pick(.8), pick(.9));
	float solid = step(.4, pick(1.1));
	vec3 ink = .5 + .5*cos(6.28*(ph + mix(.35*slim, .137*pair, solid) + .08*rnd(id)));
	float face = mix(.35, 1.15, rnd(pair + scene));
	float edge = min(min(uv.x, uv.y), min(1. - uv.x, 1. - uv.y))*slim;
	vec3 col = ink*face*(.75 + .4*uv.x - .25*uv.y);
	float motif = pick(1.3), r = length(uv - .5);
	if (motif < .4 && rnd(id + .3) < .6) col = mix(col, ink.zxy*(1.2 - 1.5*r), smoothstep(.3, .28, r));
	else if (motif < .7) col *= .75 + .4*step(.5, fract(uv.x*4. + uv.y*2.*floor(3.*rnd(id))));
	col *= mix(.15, 1., smoothstep(.02, .06, edge));
	if (pair < .0) col = vec3(.9);
	fragColor = vec4(col*fog*(1.15 - .4*length(screen - vec2(.5))), 1.);
}
