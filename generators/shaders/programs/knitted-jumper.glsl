// Knitting close up: V stitches carrying stripes, zigzags, diamonds and mirrored motifs, with cables, purl ridges and folds.
float rnd2(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7)))*43758.5453); }
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }
#define pick(x) rnd(scene + x)
vec3 wool(float x, float s) { return .52 + .45*cos(6.2832*(x + vec3(rnd(s), rnd(s + .3), rnd(s + .6)))); }

// Which yarn the chart asks for at a stitch.
float chart(vec2 c, float scene) {
	float height = 5. + floor(9.*pick(.1)), row = floor(c.y/height), y = mod(c.y, height), kind = floor(6.*rnd(row*3.7 + scene)), width = 6. + floor(10.*rnd(row + scene));
	float x = abs(mod(c.x, width) - floor(.5*width)), pick = 2. + floor(2.*rnd(row*1.3 + scene));
	if (kind == .0) return mod(row, 2.);
	if (kind == 1.) return abs(x - abs(y - 3.)) < 1.5 ? pick : .0;
	if (kind == 2.) return x + abs(y - floor(.5*height)) < .45*height ? pick : 1.;
	if (kind == 3.) return rnd2(vec2(x, y) + row) < .5 ? pick : .0;
	if (kind == 4.) return mod(y, 3.);
	return mod(x + y, 4.) < 1.5 ? pick : 1.;
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.5), run = fract(iTime/2.5);
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y;
	float a = 1.2*(pick(.2) - .5), zoom = exp(mix(1.1, 2.9, pick(.3)));
	vec2 p = mat2(cos(a), sin(a), -sin(a), cos(a))*s;
	float slope = mix(.05, .35, pick(.4)), wave = 1.5 + 3.*pick(.5);
	vec2 dir = vec2(cos(scene), sin(scene));
	float fold = sin(wave*dot(p, dir) + sin(1.7*dot(p, dir.yx) + scene) + 2.*run);
	p += slope*dir*fold;
	p.x /= 1. + .3*p.y*(pick(.6) - .5);
	p = p*zoom + 60.*rnd(scene);
	float cable = step(.7, rnd(floor(p.x/6.) + scene)), twist = .0;
	if (cable > .5) { twist = sin(p.y*.8 + 2.*sin(p.x)); p.x += .6*sin(p.y*.8)*sin(3.14159*fract(p.x/6.)); }
	p.y *= 1.35;
	// each stitch is a V: two slanting loops
	vec2 u = vec2(fract(p.x) - .5, .0);
	float lean = p.y + .9*abs(u.x);
	vec2 c = vec2(floor(p.x), floor(lean));
	u.y = fract(lean) - .5;
	float side = abs(u.x) - .25, strand = length(vec2(side*1., u.y*.5)/vec2(.27, .33)), dome = sqrt(max(.0, 1. - strand*strand));
	if (rnd(floor(c.y/7.) + 4.*scene) > .85) { dome = sqrt(max(.0, 1. - 4.*u.y*u.y))*(.7 + .3*sin(6.28*p.x)); }  // purl ridge
	float yarn = chart(c, scene);
	vec3 ink = wool(.27*yarn, scene + 2.)*(yarn == .0 ? .35 : yarn == 1. ? 1.2 : .85);
	if (pick(.7) > .75) ink = wool(.3*sin(.05*c.y + .3*rnd(c.y)), scene + 5.);  // one dyed yarn, no chart
	float fibre = .82 + .25*sin(18.*(u.y*sign(u.x) + 1.5*side) + 2.*rnd2(c)) + .15*(rnd2(floor(p*17.)) - .5);
	float relief = .18 + .95*dome*(.85 + .6*dot(vec2(side*2., u.y), vec2(-.6, .7)));
	vec3 col = ink*relief*fibre*(.75 + .45*fold)*(1. + .25*cable*twist);
	float edge = dot(s, vec2(cos(2.4*scene), sin(2.4*scene))) - mix(.3, 1.3, pick(.8));
	edge += .06*abs(sin(9.*s.x - 9.*s.y));
	if (edge > .0) col = wool(.7, scene + 9.)*(.55 + .3*sin(7.*s.x + 3.*sin(5.*s.y)))*(.4 + .6*smoothstep(.0, .22, edge));  // table behind the hem
	fragColor = vec4(pow(max(col, .0), vec3(.75))*(1.35 - .3*length(s - vec2(-.5, .6))), 1.);
}
