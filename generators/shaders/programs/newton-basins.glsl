// Newton's method for a polynomial with random roots: basins of attraction as enamel, the roots as lit balls with shadows.
float hash(float n) { return fract(sin(n*63.117)*39461.717); }
#define pick(x) hash(scene + x)
vec2 inverse_(vec2 z) { return vec2(z.x, -z.y)/max(dot(z, z), 1e-6); }

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.5), run = fract(iTime/2.5);
	float zoom = exp(mix(-1.2, .9, pick(.1)));
	vec2 p = (2.*fragCoord - iResolution.xy)/iResolution.y*zoom;
	p += .8*vec2(pick(.2), pick(.3)) - .4;
	int count = 3 + int(4.*pick(.4));
	float relax = mix(.6, 1.75, pick(.5)), steps = .0, last = 1.;
	vec2 root[7];
	for (int i = 0; i < 7; i++) {
		float k = scene*7. + float(i);
		float a = 6.2832*(hash(k + .6) + .05*run), r = sqrt(hash(k + .8))*1.3;
		root[i] = r*vec2(cos(a), sin(a));
	}
	vec2 z = p, move = vec2(.0);
	for (int k = 0; k < 28; k++) {
		vec2 sum = vec2(.0);
		for (int i = 0; i < count; i++) sum += inverse_(z - root[i]);
		move = relax*inverse_(sum);
		z -= move;
		float l = length(move);
		if (l < .002) { steps += log(.002/max(l, 1e-7))/9.; break; }
		steps += 1.; last = l;
	}
	int best = 0;
	for (int i = 1; i < count; i++) if (distance(z, root[i]) < distance(z, root[best])) best = i;
	float id = scene*7. + float(best);
	vec3 ink = vec3(hash(id + .11), hash(id + .22), hash(id + .33));
	ink = mix(ink, ink*ink*(3. - 2.*ink), .8);
	vec2 toRoot = p - root[best];
	float rings = .5 + .5*cos((5. + 20.*pick(.9))*length(toRoot) + 6.*hash(id));
	float bands = .5 + .5*cos(1.2*steps);
	vec3 col = ink*mix(1.25, .15, clamp(steps/18., .0, 1.))*(.7 + .4*bands);
	col = mix(col, vec3(1.) - ink.zxy, .5*step(.6, rings)*step(.5, hash(id + .77)));
	for (int i = 0; i < count; i++) {  // the roots themselves
		float size = zoom*mix(.04, .22, hash(scene*7. + float(i) + .44));
		vec2 q = (p - root[i])/size;
		col *= 1. - .6*smoothstep(1.5, .6, length(q - vec2(.4, -.5)));
		float h = 1. - dot(q, q);
		if (h > .0) {
			float lit = dot(vec3(q, sqrt(h)), normalize(vec3(-.6, .7, .6)));
			float j = scene*7. + float(i);
			vec3 ball = vec3(hash(j + .11), hash(j + .22), hash(j + .33));
			col = mix(ball, vec3(1.), .3)*(.25 + .85*max(lit, .0)) + pow(max(lit, .0), 30.);
		}
	}
	fragColor = vec4(col, 1.);
}
