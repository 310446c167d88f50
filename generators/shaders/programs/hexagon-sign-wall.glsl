// A wall of big and small hexagonal enamel signs, each with its own emblem, tilted in perspective under a moving spotlight.
float hash(float n) { return fract(sin(n*12.9898)*43758.5453); }
float hash2(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7)))*43758.5453); }
vec3 paint(float x) { return .5 + .5*cos(6.2832*(x + vec3(.0, .3, .6))); }
float ngon(vec2 p, float n, float r) { float b = 6.2832/n, a = atan(p.x, p.y); return cos(floor(.5 + a/b)*b - a)*length(p) - r; }

// Distance to one of eight emblems.
float emblem(vec2 p, float k) {
	float kind = floor(8.*k), a = atan(p.y, p.x), l = length(p);
	if (kind == .0) return min(max(abs(p.x) - .08, abs(p.y) - .3), max(abs(p.y) - .08, abs(p.x) - .3));
	if (kind == 1.) return l - .2 - .1*cos(5.*a);
	if (kind == 2.) return abs(l - .24) - .06;
	if (kind == 3.) return ngon(p, 3., .15);
	if (kind == 4.) return abs(abs(fract(p.x*5.) - .5) - .25)*.2 - .03 + max(.0, l - .3);
	if (kind == 5.) return max(length(p) - .32, .3 - length(p - vec2(.16, .1)));
	if (kind == 6.) return max(abs(p.y - .1*sin(p.x*16.)) - .08, abs(p.x) - .34);
	return min(max(abs(p.x) + abs(p.y) - .3, -l + .14), l - .07);
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.5), run = fract(iTime/2.5);
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y, p = s;
	float tilt = 1.4*(hash(scene + .1) - .5), spin = 6.28*hash(scene + .2);
	p = mat2(cos(spin), sin(spin), -sin(spin), cos(spin))*p/(1.2 + tilt*s.y);
	p = p*mix(.8, 3.2, hash(scene + .3)) + 20.*hash(scene) + run;
	float hue = hash(scene + .4), spread = mix(.1, 1., hash(scene + .5));
	vec3 col = paint(hue + .5)*(.25 + .1*step(.5, fract(3.*(p.x + p.y))));
	// small signs first, then the large ones that hang in front of them
	for (int level = 0; level < 3; level++) {
		float f = level == 0 ? 2. : level == 1 ? 1. : .45;
		vec2 q = p*f + 3.7*float(level), grid = vec2(1., 1.7320508);
		vec2 c1 = floor(q/grid + .5), c2 = floor(q/grid) + .5;
		vec2 cell = distance(q, c1*grid) < distance(q, c2*grid) ? c1 : c2;
		q -= cell*grid;
		float k = hash2(cell + scene + 9.*float(level));
		if (k > (level == 0 ? 1. : level == 1 ? .6 : .4)) continue;
		float size = level == 0 ? .47 : mix(.25, .47, hash(k*91.)), edge = ngon(q.yx, 6., size);
		col *= 1. - .65*smoothstep(.08, -.02, ngon((q - vec2(.05, -.07)).yx, 6., size));
		vec2 u = q*.47/size, dir = normalize(q + 1e-4);
		float turn = 6.28*hash(k*37.);
		u = mat2(cos(turn), sin(turn), -sin(turn), cos(turn))*u;
		vec3 ground = paint(hue + spread*hash(k*53.))*mix(.35, 1.1, hash(k*17.));
		ground = mix(ground, ground.zxy, step(.55, hash(k*71.))*step(.0, u.y));
		vec3 ink = mix(vec3(hash(k*29.) > .5 ? .95 : .06), paint(hue + .5 + spread*hash(k*19.)), .45);
		float e = emblem(u*mix(.9, 1.6, hash(k*41.)), fract(k*13.7));
		vec3 face = mix(ground*(.85 + .5*u.y), ink, smoothstep(.015, -.015, e));
		face *= 1. + (dot(dir, vec2(-.5, .8))*.7)*smoothstep(-.07, -.05, edge);
		face *= .9 + .2*hash2(floor(u*24.)) ;
		col = mix(col, face, smoothstep(.01, -.01, edge));
	}
	vec2 lamp = .9*vec2(sin(scene + run), cos(1.7*scene + run));
	col *= .4 + 1.*exp(-1.1*dot(s - lamp, s - lamp));
	fragColor = vec4(col, 1.);
}
