// A kaleidoscope held off centre: two mirrors fold a tray of translucent polygons, rods and beads; the brass tube may show.
float hash(float n) { return fract(sin(n*12.9898)*43758.5453); }
#define pick(x) hash(scene + x)
mat2 turn(float a) { return mat2(cos(a), sin(a), -sin(a), cos(a)); }
vec3 glass(float x) { return .55 + .5*cos(6.2832*(x + vec3(.0, .33, .67))); }

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/3.), run = fract(iTime/3.);
	vec2 p = (2.*fragCoord - iResolution.xy)/iResolution.y, screen = p;
	p = p*mix(.5, 1.3, pick(.1)) + 1.2*vec2(pick(.2) - .5, pick(.3) - .5);
	float tube = length(p);
	float mirrors = 2. + floor(5.*pick(.4)), wedge = 3.14159/mirrors;
	float a = atan(p.y, p.x) + 6.28*pick(.5);
	float leaf = floor(a/wedge);
	a = abs(mod(a + 40.*wedge, 2.*wedge) - wedge);
	vec2 q = tube*vec2(cos(a), sin(a));
	q = turn(.7*run + scene)*(q - vec2(.35, .2));
	float hue = pick(.6), spread = mix(.15, .9, pick(.7));
	vec3 col = mix(glass(hue)*1.2, glass(hue + .4)*.3, smoothstep(-.6, 1.1, q.x + .5*q.y));
	for (int i = 0; i < 11; i++) {
		float k = scene*17. + float(i);
		vec2 at = 2.*vec2(hash(k + .11), hash(k + .23)) - 1.;
		vec2 u = turn(6.28*hash(k + .31) + run*(hash(k + .9) - .5)*3.)*(q - at);
		float size = mix(.1, .65, pow(hash(k + .37), 1.5)), d = .0, shape = hash(k + .41);
		if (shape < .25) d = length(u) - size;
		else if (shape < .5) d = max(abs(u.x) - 2.5*size, abs(u.y) - .18*size);
		else if (shape < .8) { float m = 3. + floor(3.*hash(k + .43)), b = 6.2832/m, t = atan(u.y, u.x); d = cos(floor(.5 + t/b)*b - t)*length(u) - size*.8; }
		else d = abs(length(u) - size) - .2*size;
		vec3 ink = glass(hue + spread*hash(k + .53));
		float inside = smoothstep(.006, -.006, d);
		col *= 1. - .45*smoothstep(.12, .0, d)*(1. - inside);
		vec3 piece = hash(k + .59) < .5 ? col*ink*1.6 : ink*(.55 + .5*u.y/size + .2*step(.5, fract(u.x*14.)));
		col = mix(col, piece, inside*.93);
		col += .6*smoothstep(.03, .0, abs(d + .02))*inside*smoothstep(-.1, .6, dot(normalize(u), vec2(-.6, .8)));
	}
	col *= 1. - .28*mod(leaf, 2.) - .3*smoothstep(.02, .0, min(a, wedge - a)*tube);  // every mirror loses light
	float rim = 1. + 1.1*pick(.8);
	col *= .35 + .75*smoothstep(rim, .2*rim, tube);
	float brass = .5 + .5*sin(18.*tube)*cos(atan(p.y, p.x) - .9);
	col = mix(col, glass(hue + .5).yxz*(.15 + brass)*mix(1., .6, step(.5, fract(4.*atan(p.y, p.x)))), smoothstep(rim, rim + .01, tube));
	fragColor = vec4(pow(max(col, .0), vec3(.85)), 1.);
}
