// Julia sets seen through orbit traps (dot, cross, ring, flower), every scene with its own constant, view and inks.
float hash(float n) { return fract(sin(n*91.3458)*47453.5453); }
#define pick(x) hash(scene + x)
vec2 square(vec2 z) { return vec2(z.x*z.x - z.y*z.y, 2.*z.x*z.y); }
vec3 tint(float x, float s) { return .5 + .5*cos(6.2832*(x*.9 + vec3(hash(s), hash(s + 1.3), hash(s + 2.7)))); }

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.5), run = fract(iTime/2.5);
	vec2 p = (2.*fragCoord - iResolution.xy)/iResolution.y;
	// the constant lies a little outside the main cardioid
	float a = 6.2832*pick(.5) + .1*run;
	vec2 c = (1.01 + .12*pick(.7))*(.5*vec2(cos(a), sin(a)) - .25*vec2(cos(2.*a), sin(2.*a)));
	// walk backwards to a point of the Julia set and look there
	vec2 eye = vec2(.3, .1);
	for (int i = 0; i < 14; i++) {
		eye -= c;
		float l = length(eye);
		eye = vec2(sqrt(max(.0, .5*(l + eye.x))), sign(eye.y + 1e-9)*sqrt(max(.0, .5*(l - eye.x))));
		if (hash(scene + float(i)*.31) > .5) eye = -eye;
	}
	float zoom = exp(mix(-2.4, .35, pick(.9)));
	float spin = 6.2832*pick(.2);
	vec2 z = eye*smoothstep(1.4, .9, zoom) + zoom*mat2(cos(spin), sin(spin), -sin(spin), cos(spin))*p;
	float kind = floor(4.*pick(.4)), trap = 9., when = .0, n = .0;
	float size = mix(.15, .6, pick(.1));
	vec2 aim = vec2(pick(.6), pick(.8)) - .5, hit = vec2(.0);
	for (int i = 0; i < 70; i++) {
		z = square(z) + c;
		if (dot(z, z) > 40.) break;
		n += 1.;
		vec2 q = z - aim;
		float d = length(q);
		if (kind == 1.) d = min(abs(q.x), abs(q.y)) + .1*d;
		if (kind == 2.) d = abs(d - size) + .02;
		if (kind == 3.) d = abs(d - size*(.7 + .4*cos(5.*atan(q.y, q.x))));
		if (d < trap) { trap = d; when = n; hit = q; }
	}
	float smoothN = n + 1. - log2(max(1., .5*log(max(dot(z, z), 1.1))));
	vec3 sky = tint(.13*sqrt(max(smoothN, .0))*3., scene)*mix(.35, 1.1, fract(.12*smoothN));
	sky *= .75 + .35*mix(step(.0, z.y), fract(2.55*atan(z.y, z.x)/6.2832*2.), step(.5, pick(.77)));
	vec3 ink = tint(.21*when + .3, scene + 9.);
	float w = mix(.08, .25, pick(.33));
	float body = smoothstep(w, .8*w, trap);
	float dome = sqrt(max(.0, 1. - trap*trap/(w*w)));
	float light = .35 + .8*dome*(.7 + .3*dot(normalize(hit + 1e-4), vec2(-.6, .8)));
	vec3 col = mix(sky*(.5 + .5*smoothstep(.0, 3.*w, trap)), ink*light + pow(dome, 20.)*.4, body);
	if (n > 69.) col = mix(tint(atan(hit.y, hit.x)/6.2832 + .5, scene + 4.)*(.3 + dome), col, body);
	fragColor = vec4(col*(1.1 - .25*length(p - vec2(-.4, .5))), 1.);
}
