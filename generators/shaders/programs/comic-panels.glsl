// Comic pages: slanted panels with bursts, speed lines, Ben-Day dots, speech balloons and skylines, cut by white gutters.
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }
float rnd2(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7)))*43758.5453); }
vec3 flat_(float k) { vec3 c = .5 + .5*cos(6.2832*(rnd(k) + vec3(.0, .33, .67))); return mix(c, c*c*1.3, rnd(k + .2)); }

vec3 panel(vec2 p, vec2 size, float k, float run) {  // p is centred, size is half the panel
	vec3 a = flat_(k + .1), b = flat_(k + .5), col = a;
	vec2 eye = size*(1.2*vec2(rnd(k + .11), rnd(k + .12)) - .6), q = p - eye;
	float small = min(size.x, size.y), kind = floor(5.*rnd(k + .13)), t = atan(q.y, q.x), l = length(q);
	if (kind == .0) col = mix(a, b, step(.5, fract(t*(4. + floor(6.*rnd(k + .14)))/3.14159 + .3*run)));  // rays
	if (kind == 1.) { vec2 u = mat2(.8, .6, -.6, .8)*p*16.; col = mix(a, b, step(length(fract(u) - .5), .1 + .45*smoothstep(-size.y, size.y, p.y))); }
	if (kind == 2.) { float n = floor(t*24.); col = mix(vec3(1.), vec3(.04), step(small*(.5 + .7*rnd(n + k)), l)*step(.4, rnd(n*1.7 + k))); col = mix(a, col, step(small*.4, l)); }  // focus lines
	if (kind == 3.) {  // skyline
		col = mix(b*1.2, a*.7, smoothstep(-size.y, size.y, p.y));
		col = mix(col, vec3(1., .95, .7), step(length(p - size*.5), .25*small));
		for (int i = 0; i < 3; i++) { float x = floor(p.x*(9. - 2.*float(i)) + 3.*float(i)), roof = size.y*(1.1*rnd(x + k + float(i)) - .4*float(i));
			if (p.y < roof) { col = flat_(k + 3.)*(.65 - .3*float(i)); col = mix(col, vec3(1., .9, .4), step(.6, rnd2(floor(p*30.) + k))*step(.4, fract(p.x*30.))*step(.4, fract(p.y*30.))); } }
	}
	if (kind == 4.) { col = mix(a, b, step(.3*sin(p.x*6. + k), p.y)); col *= 1. - .5*step(.0, sin(40.*(p.x + p.y)))*step(p.y, -.2*size.y); }
	// a burst in front
	if (rnd(k + .21) < .65) {
		float n = 7. + floor(9.*rnd(k + .22)), spike = abs(fract(t*n/6.28319) - .5), reach = small*(.35 + .5*rnd(k + .23))*(.75 + .25*sin(6.*run));
		float edge = l - reach*(.65 + spike*(.5 + .5*rnd(floor(t*n/6.28319) + k)));
		vec2 m = q - vec2(.03, -.04);
		col *= 1. - .6*step(length(m) - reach*(.65 + .75*abs(fract(atan(m.y, m.x)*n/6.28319) - .5)), .0);
		if (edge < .02) col = edge > .0 ? vec3(.03) : mix(flat_(k + .7), vec3(1., .95, .3), step(edge, -.3*reach));
		float bars = step(abs(q.y + .3*q.x), .22*reach)*step(abs(q.x), .5*reach);
		float letter = step(.45, rnd2(floor(vec2(q.x, q.y + .3*q.x)/reach*vec2(9., 7.)) + k));
		col = mix(col, flat_(k + .9)*.6, bars*letter);
	}
	// a balloon with lines of text
	if (rnd(k + .31) < .6) {
		vec2 at = p - size*vec2(rnd(k + .32) - .5, .55), e = at/vec2(.55, .35)/small;
		float d = length(e) - 1., tail = max(abs(at.x + .3*at.y) - .1*small - .2*at.y*.5, max(at.y, -at.y - .65*small));
		if (min(d, tail*3.) < .08) col = min(d, tail*3. + .08) < .0 ? vec3(.98) : vec3(.03);
		float words = step(.35, rnd2(floor(e*vec2(9., 7.)) + k))*step(.45, fract(e.y*3.5))*step(length(e), .75);
		col = mix(col, vec3(.1), words);
	}
	return col;
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.5), run = fract(iTime/2.5);
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y;
	float a = .7*(rnd(scene + .1) - .5);
	vec2 p = mat2(cos(a), sin(a), -sin(a), cos(a))*s*mix(.5, 1.3, rnd(scene + .2)) + .8*vec2(rnd(scene + .3) - .5, rnd(scene + .4) - .5);
	vec2 lo = vec2(-1.7), hi = vec2(1.7);
	float id = scene;
	for (int i = 0; i < 4; i++) {  // cut the page with slanting gutters
		float f = mix(.35, .65, rnd(id + .5)), slant = .15*(rnd(id + .6) - .5);
		bool wide = hi.x - lo.x > hi.y - lo.y + .3*(rnd(id) - .5);
		if (i > 1 && rnd(id + .7) < .3) continue;
		float c = wide ? mix(lo.x, hi.x, f) : mix(lo.y, hi.y, f), d = wide ? p.x - c : p.y - c;
		if (wide) { if (d < .0) hi.x = c; else lo.x = c; } else { if (d < .0) hi.y = c; else lo.y = c; }
		id = fract(id*.731 + (d < .0 ? .21 : .67))*17.;
	}
	vec2 size = .5*(hi - lo) - .03, q = p - .5*(lo + hi);
	float e = max(abs(q.x) - size.x, abs(q.y) - size.y);
	vec3 col = e > .0 ? vec3(.97, .95, .88) : e > -.02 ? vec3(.03) : panel(q, size, id, run);
	fragColor = vec4(col*(1. - .2*smoothstep(.3, 1.5, length(s)))*(.96 + .06*rnd2(floor(fragCoord))), 1.);
}
