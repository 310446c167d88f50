// Borders of the Mandelbrot set, burning ship, tricorn, celtic and cubic sets found by bisection and lit as carved relief.
float hash(float n) { return fract(sin(n*77.731)*41758.233); }
#define pick(x) hash(scene + x)

// One step of the chosen map, with the Jacobian J of z with respect to c carried along.
void advance(inout vec2 z, inout mat2 J, vec2 c, float kind) {
	mat2 M = mat2(1.);
	if (kind == 1.) { vec2 s = sign(z + 1e-9); M = mat2(s.x, .0, .0, s.y); }
	if (kind == 2.) M = mat2(1., .0, .0, -1.);
	z = M*z;
	mat2 D = 2.*mat2(z.x, z.y, -z.y, z.x);
	vec2 w = vec2(z.x*z.x - z.y*z.y, 2.*z.x*z.y);
	if (kind == 3.) { float s = sign(w.x + 1e-9); w.x *= s; D = mat2(s, .0, .0, 1.)*D; }
	if (kind == 4.) { D = 3.*mat2(w.x, w.y, -w.y, w.x); w = mat2(z.x, z.y, -z.y, z.x)*w; }
	J = D*M*J + mat2(1.);
	z = w + c;
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.), run = fract(iTime/2.);
	vec2 p = (2.*fragCoord - iResolution.xy)/iResolution.y;
	float kind = floor(5.*pick(.1));
	// bisect a random ray between the middle of the set and the outside
	float a = 6.2832*pick(.2), near = .0, far = 2.2;
	vec2 mid = vec2(kind == .0 || kind == 3. ? -.2 : -.1, .0), ray = vec2(cos(a), sin(a));
	mat2 J = mat2(1.);
	for (int i = 0; i < 7; i++) {
		float m = .5*(near + far);
		vec2 c = mid + m*ray, z = c;
		for (int k = 0; k < 24; k++) { if (dot(z, z) > 9.) break; advance(z, J, c, kind); }
		if (dot(z, z) < 9.) near = m; else far = m;
	}
	float zoom = exp(mix(.3, -2.6, pick(.3)))*(1. - .3*run), turn = 6.2832*pick(.4);
	vec2 c = mid + far*ray + zoom*mat2(cos(turn), sin(turn), -sin(turn), cos(turn))*p, z = c, hit = vec2(9.);
	J = mat2(1.);
	float n = .0;
	for (int k = 0; k < 56; k++) {
		if (dot(z, z) > 300.) break;
		advance(z, J, c, kind); n += 1.;
		if (dot(z, z) < dot(hit, hit)) hit = z;
	}
	vec3 phase = vec3(pick(.5), pick(.6), pick(.7));
	float lamp = 6.2832*pick(.8), l = length(z);
	vec2 slope = z*J;
	float border = l*log(l)*l/max(length(slope), 1e-9)/zoom;
	float angle = atan(hit.y, hit.x)/6.2832, inside = length(hit);
	// inside: rings and petals around the closest approach to the origin
	vec3 col = .5 + .45*cos(6.2832*(phase.zxy + 2.*inside + .2*sin(37.7*angle)));
	col *= .25 + .75*step(.5, fract(6.*inside + 3.*angle))*(1. - inside);
	if (l > 17.) {
		float lit = .5 + .5*dot(normalize(slope), vec2(cos(lamp), sin(lamp)));
		n -= log2(log(l));
		vec3 ink = .5 + .5*cos(6.2832*(phase + .09*mix(n, floor(n*1.5), step(.5, pick(.9)))));
		ink = mix(ink, phase.yzx, step(.5, fract(.75*n))*step(.6, pick(1.1)));
		col = ink*(.2 + 1.1*lit) + .5*pow(lit, 18.);
		col *= .4 + .6*smoothstep(.0, .05, border);
	}
	fragColor = vec4(col, 1.);
}
