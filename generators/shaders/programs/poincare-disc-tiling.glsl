// Hyperbolic tilings {p,q} of the Poincare disc by reflections, moved by a random translation; tiles carry lit, painted motifs.
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }
#define pick(x) rnd(scene + x)
vec3 ink(float x, float s) { return .52 + .45*cos(6.2832*(x + vec3(rnd(s), rnd(s + .3), rnd(s + .6)))); }
vec2 mul(vec2 a, vec2 b) { return vec2(a.x*b.x - a.y*b.y, a.x*b.y + a.y*b.x); }
vec2 over(vec2 a, vec2 b) { return mul(a, vec2(b.x, -b.y))/dot(b, b); }

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.5), run = fract(iTime/2.5), model = pick(.1);
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y, z = s*mix(.5, 1.15, pick(.2)) + .5*vec2(pick(.3) - .5, pick(.4) - .5);
	if (model > .6) { z = s*.8 + vec2(.0, 1.); z = over(z - vec2(.0, 1.), z + vec2(.0, 1.)); }  // half plane
	float rim = dot(z, z), outside = step(1., rim);
	if (outside > .5) z /= rim;  // mirror the world beyond the rim
	float a = 6.28*pick(.5) + .3*run;
	vec2 move = (.3 + .5*pick(.6))*vec2(cos(a), sin(a));
	z = over(z - move, vec2(1., .0) - mul(vec2(move.x, -move.y), z));
	float p = 3. + floor(5.*pick(.7)), q = floor(2.*p/(p - 2.) + .01) + 1. + floor(2.5*pick(.8));
	float ca = cos(3.14159/q), sa = sin(3.14159/p), far = ca/sqrt(ca*ca - sa*sa), radius = sqrt(far*far - 1.), w = 3.14159/p;
	float tile = .0, flips = .0;
	for (int i = 0; i < 24; i++) {  // fold into the wedge, then through its mirror circle
		float t = atan(z.y, z.x), leaf = floor((t + w)/(2.*w)), u = t - leaf*2.*w;
		z = length(z)*vec2(cos(u), sin(u));
		vec2 d = z - vec2(far, .0);
		float k = radius*radius/dot(d, d);
		if (k <= 1.) break;
		z = vec2(far, .0) + d*k;
		tile = fract(tile*3.1 + .137 + .21*mod(leaf + p, p)); flips += 1.;
	}
	float l = length(z), t = atan(z.y, z.x), edge = (length(z - vec2(far, .0)) - radius), spoke = abs(z.y), size = far - radius;
	float kind = floor(5.*pick(.9)), h = mix(mod(flips, 2.)*.4, tile, pick(1.));
	vec3 base = ink(h, scene + 1.)*mix(.35, 1.2, mix(mod(flips, 2.), fract(tile*7.), .6)), trim = ink(h + .45, scene + 4.);
	float lift = smoothstep(.0, .5*size, edge);
	vec3 col = base*(.4 + .75*lift);
	if (kind == .0) col = mix(col, trim, step(l, size*(.45 + .25*cos(p*t))));
	if (kind == 1.) col = mix(col, trim*1.2, step(.5, fract(l/size*3.)));
	if (kind == 2.) col = mix(col, trim, step(.0, sin(p*2.*t + 20.*l)));
	if (kind == 3.) { float r = l/(.6*size); if (r < 1.) col = trim*(.3 + sqrt(1. - r*r)*(.7 + .4*cos(t + tile*6.))) + pow(max(.0, 1. - length(z - .2*size)/(.3*size)), 3.); }
	if (kind == 4.) col = mix(col, vec3(t > .0 ? .95 : .1), .65);
	col *= mix(.15, 1., smoothstep(.02, .06, edge/size))*mix(.6, 1., smoothstep(.0, .02, spoke));
	if (outside > .5) col = model > .6 ? col : mix(col*.4, ink(.2*s.x + .3*s.y, scene + 7.)*(.4 + .3*step(.5, fract(6.*(s.x + s.y)))), .75)*smoothstep(1., 1.5, rim);
	else col *= .35 + .9*sqrt(max(.0, 1. - rim)) + .3*dot(s, vec2(-.4, .5));
	fragColor = vec4(pow(max(col, .0), vec3(.85)), 1.);
}
