// A collage of cut paper: irregular polygons, printed with stripes, dots, checks or gradients, piled up with soft drop shadows.
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }

// Distances of two points to a convex shard: the intersection of half planes at jittered angles.
vec2 shard(vec2 p, vec2 q, float k, float sides) {
	vec2 d = vec2(length(p), length(q)) - 1.6;
	for (int i = 0; i < 7; i++) {
		if (float(i) >= sides) break;
		float a = 6.2832*(float(i) + .7*fract(k*.731 + .618*float(i)))/sides;
		vec2 n = vec2(cos(a), sin(a));
		d = max(d, vec2(dot(p, n), dot(q, n)) - .5 - .5*fract(k*.317 + .382*float(i)));
	}
	return d;
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.), run = fract(iTime/2.);
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y;
	float hue = rnd(scene + .1), spread = mix(.1, 1., rnd(scene + .2)), light = 6.28*rnd(scene + .3), big = mix(.3, .8, rnd(scene + .4));
	vec3 col = (.5 + .4*cos(6.28*(hue + vec3(.1, .4, .7))))*(.6 + .3*s.y);
	col *= .9 + .12*sin(60.*s.y + 4.*sin(3.*s.x + scene));  // wooden desk
	vec2 throwTo = vec2(cos(light), sin(light));
	for (int i = 0; i < 12; i++) {
		float k = scene*19. + float(i);
		vec2 at = 2.6*vec2(rnd(k + .11), rnd(k + .13)) - 1.3 + .1*(run - .5)*vec2(rnd(k) - .5, rnd(k + .5) - .5);
		float size = big*mix(.15, 1.3, pow(rnd(k + .17), 2.))*(i < 4 ? 1.8 : 1.), a = 6.28*rnd(k + .19), sides = 3. + floor(4.5*rnd(k + .21)), lift = mix(.02, .12, rnd(k + .22));
		if (distance(s, at) > 1.6*size + .2) continue;
		mat2 M = mat2(cos(a), sin(a), -sin(a), cos(a));
		vec2 p = M*(s - at)/size, q = M*(s - at + throwTo*lift)/size;
		vec2 both = shard(p, q, k, sides);
		float d = both.x, dark = both.y*size;
		col *= 1. - .6*smoothstep(lift, -lift, dark);
		if (d > .0) continue;
		float h = hue + spread*rnd(k + .23);
		vec3 ink = .55 + .45*cos(6.28*(h + vec3(.0, .33, .67))), print = .5 + .5*cos(6.28*(h + .4 + vec3(.0, .2, .5)));
		ink = mix(ink, vec3(.95*rnd(k + .31)), step(.65, rnd(k + .29)));
		float kind = floor(6.*rnd(k + .37)), f = mix(3., 14., rnd(k + .41))*size/big, m = .0;
		vec2 u = p*f;
		if (kind == .0) m = step(.5, fract(u.x));
		if (kind == 1.) m = smoothstep(.36, .3, length(fract(u) - .5));
		if (kind == 2.) m = mod(floor(u.x) + floor(u.y), 2.);
		if (kind == 3.) m = smoothstep(-.6, .6, p.y);
		if (kind == 4.) m = step(.55, fract(.7*length(u)));
		ink = mix(ink, print, m);
		float crease = dot(p, vec2(.6, .8)) - .2*rnd(k + .43);
		ink *= rnd(k + .47) < .5 ? 1. + .2*sign(crease)*exp(-2.*abs(crease)) : 1. + .3*p.x;
		ink = mix(ink, vec3(.97), step(-.018/size, d)*step(.5, rnd(k + .53)));  // torn white edge
		col = ink*(.93 + .1*rnd(floor(s.x*90.) + 117.*floor(s.y*90.)));
	}
	col *= 1.05 + .3*dot(s, throwTo);
	fragColor = vec4(col, 1.);
}
