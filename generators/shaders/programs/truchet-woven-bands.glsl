// Truchet bands of several kinds (arcs, crossings, diagonals) woven over and under at two scales, on a bent or tilted plane.
float hash(vec2 p) { p = fract(p*vec2(.3183, .3671) + .1); p *= 17.; return fract(p.x*p.y*(p.x + p.y)*7.31); }
float rnd(float n) { return fract(sin(n*47.77)*43758.55); }
#define pick(x) rnd(scene + x)

// Lay one band over the colour: d is the distance from its middle, w its half width.
vec3 band(vec3 under, vec3 ink, float d, float w, float along) {
	float lit = sqrt(max(.0, 1. - d*d/(w*w)));
	under *= .35 + .65*smoothstep(w, w*2.1, abs(d));
	vec3 thread = ink*(.3 + .8*lit) + .25*pow(lit, 12.);
	thread *= .8 + .2*step(.5, fract(along));
	return mix(under, thread, smoothstep(w, w - .03, abs(d)));
}

vec3 layer(vec3 col, vec2 p, float seed) {
	vec2 cell = floor(p), q = fract(p) - .5;
	float k = hash(cell + seed), w = mix(.1, .26, rnd(seed + .5)), kind = rnd(seed + .7);
	float quarter = floor(4.*hash(cell + seed + 5.));
	if (quarter == 1. || quarter == 3.) q = vec2(-q.y, q.x);
	vec3 ph = vec3(rnd(seed), rnd(seed + .2), rnd(seed + .4));
	vec3 inkA = .55 + .5*cos(6.28*(ph + .07*cell.x)), inkB = .55 + .5*cos(6.28*(ph.zxy + .09*cell.y));
	float a1 = length(q - .5) - .5, a2 = length(q + .5) - .5;
	if (k < .25 + .3*kind) {  // straight crossing
		col = band(col, inkA, q.x, w, q.y*6.);
		col = band(col, inkB, q.y, w, q.x*6.);
	} else if (k < .9) {  // two quarter circles
		col = band(col, inkA, a1, w, 4.*atan(q.y - .5, q.x - .5));
		col = band(col, inkB, a2, w, 4.*atan(q.y + .5, q.x + .5));
	} else {  // ends and a bead
		col = band(col, inkB, max(abs(q.x), abs(q.y)) < .5 ? min(abs(q.x), abs(q.y)) : 1., .6*w, .0);
		col = band(col, inkA, length(q), 1.5*w, .0);
	}
	return col;
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.5), run = fract(iTime/2.5);
	vec2 p = (2.*fragCoord - iResolution.xy)/iResolution.y, s = p;
	float bend = pick(.11), shade = 1.;
	float a = 6.28*pick(.21);
	p = mat2(cos(a), sin(a), -sin(a), cos(a))*p;
	if (bend < .35) { float z = 1./(1.25 + p.y); p = vec2(p.x, 1.)*z*2.; shade = min(1.2, 1.4/z); }  // tilted
	else if (bend < .6) { float l = length(p - .4); p = vec2(log(l + .02)*1.27, atan(p.y - .4, p.x - .4)*1.27324); shade = .3 + l; }  // spiral
	else if (bend < .8) { shade = 1. + .5*cos(3.*p.x + 1.5*p.y); p += .25*sin(3.*p.x + 1.5*p.y); }  // folded
	else p += .15*p*dot(p, p);
	p = p*mix(1., 2.2, pick(.31)) + run + 9.*rnd(scene);
	vec3 ground = .5 + .5*cos(6.28*(vec3(pick(.4), pick(.5), pick(.6)) + .2*s.y));
	ground *= .65 + .4*step(.5, fract(2.*(p.x + p.y)));
	vec3 col = layer(ground, (bend > .35 && bend < .6 ? 2. : 2.3)*p, scene + 3.3);
	if (hash(floor(p) + scene) < .75) col = layer(col, p, scene);
	fragColor = vec4(col*clamp(shade, .15, 1.4)*(1.1 - .35*length(s + vec2(.5, -.5))), 1.);
}
