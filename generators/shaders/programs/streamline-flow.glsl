// Streamlines of vortices, saddles and sinks: painted strands dragged along a random vector field, with lit ridges and islands.
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }
float grain(vec2 p) { vec2 i = floor(p), f = fract(p); f *= f*(3. - 2.*f); float n = i.x + 57.*i.y; return mix(mix(rnd(n), rnd(n + 1.), f.x), mix(rnd(n + 57.), rnd(n + 58.), f.x), f.y); }
vec3 ink(float x, float s) { return .52 + .46*cos(6.2832*(x + vec3(rnd(s), rnd(s + .3), rnd(s + .6)))); }

// Sum of a drift and six whirls, each a mixture of turning and pulling; also reports the nearest whirl.
vec2 field(vec2 p, float scene, out vec3 near) {
	vec2 v = .6*vec2(cos(scene), sin(scene)) + .25*sin(p.yx*3. + scene);
	near = vec3(9., .0, .0);
	for (int i = 0; i < 6; i++) {
		float k = scene*6. + float(i), r = mix(.06, .3, rnd(k + .1)*rnd(k + .2));
		vec2 d = p - 2.6*vec2(rnd(k + .3), rnd(k + .4)) + 1.3;
		float l = length(d), pull = 2.*rnd(k + .5) - 1.;
		v += (vec2(-d.y, d.x)*sign(pull)*1.5 + d*pull)/(l*l + .5*r + .05)*(.2 + r);
		if (l - r < near.x) near = vec3(l - r, r, k);
	}
	return v/(length(v) + .1);
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.5), run = fract(iTime/2.5);
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y, p = s*mix(.5, 1.2, rnd(scene + .7)), start = p;
	vec3 near = vec3(.0), island = near;
	vec2 v = field(p, scene, island), first = v;
	// walk upstream; the dye of the far end colours the strand, its grain makes the bristles
	float bristle = .0, fine = mix(9., 34., rnd(scene + .8));
	for (int i = 0; i < 9; i++) { bristle += grain(p*fine + scene)/9.; p -= .05*v; v = field(p, scene, near); }
	float dye = 2.2*grain(p*mix(1.5, 5., rnd(scene + .9)) + 7. + .6*run), lit = clamp((bristle - .5)*4. + .5, .0, 1.);
	if (rnd(scene + 1.1) > .5) dye = floor(dye*4.)/4.;
	vec3 col = ink(dye, scene)*mix(.35, 1.4, fract(dye*1.7))*(.5 + .9*lit);
	col *= .75 + .4*dot(vec2(-first.y, first.x), vec2(-.5, .8));
	col = mix(col, vec3(1.), .5*pow(lit, 6.)*rnd(scene + 1.2));
	// the whirls' centres as stones or holes
	col *= .45 + .55*smoothstep(-.02, .12, island.x);
	if (island.x < .0 && rnd(island.z + .6) < .7) {
		float h = sqrt(clamp(-island.x/island.y, .0, 1.)), rim = dot(first, vec2(.7, -.6));
		col = ink(.5 + rnd(island.z), scene + 5.)*(.2 + .7*h + .35*rim*(1. - h))*(.85 + .3*grain(start*30.));
	}
	fragColor = vec4(col*(1.15 - .3*length(s - vec2(-.4, .6))), 1.);
}
