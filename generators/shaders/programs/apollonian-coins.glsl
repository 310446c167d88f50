// Steiner chains of tangent circles, points inverted until they fall between them: nested coins in a Moebius-warped gasket.
float hash(float n) { return fract(sin(n*51.773)*45127.331); }
#define pick(x) hash(scene + x)
vec3 metal(float x, float s) { return .55 + .45*cos(6.2832*(x*mix(.15, .9, hash(s + 1.7)) + vec3(hash(s), hash(s + .4), hash(s + .8)))); }

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.5), run = fract(iTime/2.5);
	vec2 p = (2.*fragCoord - iResolution.xy)/iResolution.y, screen = p;
	float zoom = exp(mix(-2., .35, pick(.1)));
	float n = 3. + floor(6.*pick(.2));
	// a random inversion first: the chain becomes a bouquet of unequal circles
	vec2 far = vec2(cos(6.28*pick(.3)), sin(6.28*pick(.3)))*(1.4 + 1.5*pick(.4));
	p = p*zoom + .5*vec2(pick(.5) - .5, pick(.6) - .5);
	if (pick(.7) > .35) { vec2 d = p - far; p = far + d*(dot(far, far) - 1.)/dot(d, d); }
	float spin = .4*run + 6.28*pick(.8);
	p = mat2(cos(spin), sin(spin), -sin(spin), cos(spin))*p;
	float s = sin(3.14159/n), ring = s/(1. + s), mid = 1./(1. + s), core = mid - ring;
	float shrink = mix(1., .9, step(.6, pick(.9)));
	float depth = .0, code = .0;
	vec2 local = p;  // position in the last circle entered, radius 1
	float scale = 1.;
	for (int i = 0; i < 6; i++) {
		float sector = floor(atan(p.y, p.x)/6.28319*n + .5);
		float a = sector*6.28319/n;
		vec2 c = mid*vec2(cos(a), sin(a));
		float r = ring*shrink;
		float id = mod(sector + n, n) + 2.;
		if (dot(p, p) > 1.) { c = vec2(.0); r = 1.; id = .0; }
		else if (length(p) < core*shrink) { c = vec2(.0); r = core*shrink; id = 1.; }
		vec2 q = (p - c)/r;
		float l = dot(q, q);
		if (id > .5 && l > 1.) break;
		if (depth < .5 || i < 2) local = id < .5 ? q/l : q;
		code = fract(code*2.3 + id*.173 + .05);
		depth += 1.;
		scale *= l;
		p = c + r*q/max(l, 1e-5);
	}
	float edge = min(abs(length(p) - 1.), abs(length(p) - core));
	float h = max(.0, 1. - dot(local, local));
	vec3 n3 = normalize(vec3(local*.9, sqrt(h) + .3));
	float lit = max(.0, dot(n3, normalize(vec3(-.5, .7, .6))));
	vec3 col = metal(.31*depth + code, scene)*mix(.45 + .7*lit, .3 + .9*smoothstep(.0, .25, edge), .45);
	if (depth < .5) {  // the cloth under the coins
		float weave = sin(40.*screen.x + 3.*sin(4.*screen.y))*sin(40.*screen.y);
		col = metal(.5 + .2*screen.y, scene + 5.)*(.45 + .15*weave)*smoothstep(-.1, .3, edge);
	}
	col += .6*pow(lit, 24.);
	float fold = pick(1.3) > .5 ? .25*sin(30.*code + 12.*local.x*(1. + depth)) : .0;
	fragColor = vec4(col*(1. + fold)*(1. - .3*length(screen - vec2(-.5, .6)) + .2), 1.);
}
