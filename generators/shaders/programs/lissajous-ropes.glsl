// Two twisted ropes along Lissajous curves passing over and under themselves, with soft shadows on a striped or checked floor.
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }
#define pick(x) rnd(scene + x)
vec3 dye(float x, float s) { return .5 + .5*cos(6.2832*(x + vec3(rnd(s), rnd(s + .3), rnd(s + .6)))); }
vec2 spin(vec2 a, vec2 b) { return vec2(a.x*b.x - a.y*b.y, a.x*b.y + a.y*b.x); }
vec2 unit(float a) { return vec2(cos(a), sin(a)); }

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/3.), run = iTime - 3.*scene;
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y;
	vec2 p = s*mix(.55, 1.35, pick(.1)) + .5*vec2(pick(.2) - .5, pick(.3) - .5);
	float view = 1.2*(pick(.35) - .5);
	p /= 1. + view*s.y;
	float kind = floor(4.*pick(.4)), tile = mix(2., 9., pick(.45));
	vec2 f = mat2(.8, .6, -.6, .8)*p*tile;
	float mark = kind == .0 ? step(.5, fract(f.x)) : kind == 1. ? mod(floor(f.x) + floor(f.y), 2.) : kind == 2. ? smoothstep(.35, .3, length(fract(f) - .5)) : step(.5, fract(.5*length(f)));
	vec3 col = mix(dye(.1, scene + 5.), dye(.55, scene + 8.), mark)*(.85 - .35*s.y*sign(view));
	for (int rope = 0; rope < 2; rope++) {
		float k = scene*3. + float(rope), A = 1. + floor(3.*rnd(k + .5)), B = 1. + floor(4.*rnd(k + .6)), N = 44.;
		float w = mix(.05, .2, rnd(k + .8)*rnd(k + .85))*(rope == 0 ? 1.4 : .8), best = -1., shade = 1., along = .0, across = .0;
		vec2 size = vec2(1.25, 1.05)*mix(.5, 1.1, rnd(k + .9));
		// three turning hands: x, y and height (the weave of over and under)
		vec2 hx = unit(6.28*rnd(k + .7) + .3*run), hy = unit(.0), hz = unit(1.), last = size*vec2(hx.y, hy.y);
		vec2 dx = unit(6.28319*A/N), dy = unit(6.28319*B/N), dz = unit(6.28319*(A + B)/N);
		for (float i = .0; i < N; i++) {
			hx = spin(hx, dx); hy = spin(hy, dy); hz = spin(hz, dz);
			vec2 at = size*vec2(hx.y, hy.y), d = at - last, q = p - last;
			float level = .5 + .5*hz.y, dd = dot(d, d), h = clamp(dot(q, d)/dd, .0, 1.);
			vec2 e = (q - h*d)/w, drop = e - vec2(.1, -.13)*(.4 + 3.*level);
			float rr = dot(e, e);
			if (level > best - .2) shade = min(shade, .4 + .6*smoothstep(.3, 1.8, dot(drop, drop)));
			if (rr < 1. && level + .3 - .3*rr > best) {
				best = level + .3 - .3*rr; along = i + h; shade = 1.;
				across = (e.x*d.y - e.y*d.x)*inversesqrt(dd);
			}
			last = at;
		}
		if (best < .0) { col *= shade; continue; }
		float dome = sqrt(max(.0, 1. - across*across)), strand = sin(along*mix(1.5, 6., rnd(k + .15)) + across*3.);
		vec3 fibre = dye(floor(along/6.)*.125*rnd(k + .25) + .25*step(.0, strand), k + 11.);
		float lit = dome*.8 + .35*across*sin(scene) + .25*strand*strand;
		col = fibre*(.15 + lit)*(.6 + .5*best)*mix(shade, 1., .3) + .4*pow(dome, 24.)*step(.5, rnd(k + .55));
	}
	fragColor = vec4(col*(1.15 - .3*length(s - vec2(-.5, .5))), 1.);
}
