// Sunlight through blinds, lattices or leaves onto a room corner: papered wall, boarded or tiled floor, a picture, a vase and a ball.
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }
#define pick(x) rnd(scene + x)
float rnd2(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7)))*43758.5453); }
vec3 hue(float x, float k) { return .6 + .38*cos(6.2832*(x + vec3(rnd(k), rnd(k + .3), rnd(k + .6)))); }

// How much sun passes the window at w (window units, -1..1).
float sun(vec2 w, float kind, float n, float soft) {
	float open = smoothstep(soft, -soft, max(abs(w.x) - .8, abs(w.y) - 1.1)), g = .0;
	if (kind < 1.) g = smoothstep(.18 + soft, .18 - soft, abs(fract(w.y*n) - .5)) ;
	else if (kind < 2.) g = smoothstep(.42, .42 - soft*2., max(abs(fract(w.x*n*.3) - .5), abs(fract(w.y*n*.25) - .5)));
	else if (kind < 3.) { vec2 q = w*n*.5, c = floor(q); float d = length(fract(q) - .5 + .3*sin(c.yx*5.)); g = smoothstep(.3 - soft, .34 + soft, d); }
	else g = smoothstep(.05, .05 + soft*3., abs(fract((w.x + w.y)*n*.3) - .5))*smoothstep(.05, .05 + soft*3., abs(fract((w.x - w.y)*n*.3) - .5));
	return open*g;
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.), run = fract(iTime/2.), kind = 4.*pick(.1), n = mix(3., 9., pick(.2));
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y;
	float a = .5*(pick(.3) - .5), floorY = -.1 - .6*pick(.4);
	s = mat2(cos(a), sin(a), -sin(a), cos(a))*s*mix(.7, 1.2, pick(.35));
	vec3 col = vec3(.0), p3 = vec3(s, .0);
	vec2 u = s;
	if (s.y < floorY) {  // the floor comes towards us
		float z = 1./(1. - (floorY - s.y)*.55); u = vec2(s.x*z, (z - 1.)*2.4); p3 = vec3(u.x, floorY, u.y);
		vec2 t = u*mix(2., 6., pick(.5)); float id = rnd(floor(t.x));
		col = hue(.1*id, scene + 2.)*(.6 + .3*id)*(.9 + .12*sin(30.*t.x + 3.*sin(3.*t.y + 9.*id)));
		if (pick(.6) < .5) col = mix(hue(.0, scene + 2.), hue(.4, scene + 2.)*.5, mod(floor(t.x) + floor(t.y), 2.));
		vec2 rug = abs(u - vec2(.3*sin(scene), .7)) - vec2(.8, .4);
		if (max(rug.x, rug.y) < .0) col = mix(hue(.3, scene + 5.), hue(.8, scene + 5.)*.6, step(.5, fract(5.*max(rug.x, rug.y))*(.7 + .3*sin(30.*u.x))));
	} else {
		vec2 t = u*mix(3., 9., pick(.7)); float m = pick(.8);
		float mark = m < .3 ? step(.5, fract(t.x)) : m < .6 ? smoothstep(.32, .28, length(fract(t + vec2(.5*mod(floor(t.y), 2.), .0)) - .5)) : m < .8 ? .3*rnd2(floor(t*9.)) : step(.0, sin(6.28*t.x)*sin(6.28*t.y));
		col = mix(hue(.0, scene), hue(.25, scene + 1.), mark*.7);
		if (s.y < floorY + .12) col = vec3(.9)*(s.y > floorY + .1 ? .7 : 1.);
		vec2 f = (s - vec2(1.2*pick(.9) - .6, .45))/mix(.25, .5, pick(1.)); float e = max(abs(f.x) - 1., abs(f.y)*mix(.8, 1.5, pick(1.1)) - 1.);
		col *= 1. - .5*smoothstep(.15, -.1, max(abs(f.x - .12), abs(f.y + .15)) - 1.)*step(.0, e);
		if (e < .0) col = e > -.12 ? hue(.5, scene + 3.)*(.5 + .5*step(-.06, e)) : e > -.3 ? vec3(.95) : mix(hue(.2, scene + 6.), hue(.6, scene + 7.)*.4, step(.3*sin(4.*f.x + scene), f.y) + .4*step(length(f - .2), .25));
	}
	// the patch of sun slides with the hour
	vec2 shift = vec2(1.4*pick(1.2) - .7 + .2*run, .5*pick(1.3)), w = (p3.xy + vec2(-.5, .7)*p3.z*sin(scene + 1.) - shift)/mix(.5, 1.1, pick(1.4));
	w.x += w.y*(pick(1.5) - .5)*1.6;
	float ball = mix(.12, .38, pick(1.6)), lightUp = .0;
	vec2 b = s - vec2(1.4*pick(1.7) - .7, floorY - .3 + ball*.8), drop = (s - vec2(1.4*pick(1.7) - .45, floorY - .3 - .1*ball))/ball;
	lightUp = sun(w, kind, n, .06)*(1. - smoothstep(1.3, .8, length(drop*vec2(.8, 2.2))));
	vec3 shade = hue(.6, scene + 8.)*mix(.4, .75, pick(1.9)), glow = vec3(1.25, 1.15, .95);
	col *= mix(shade, glow, lightUp);
	float r = length(b)/ball, shape = pick(1.8);
	if (shape > .5) r = abs(b.x)/ball/(.6 + .4*sin(3.*b.y/ball + 1.)) + step(1.4, b.y/ball)*9. + step(b.y/ball, -.9)*9.;
	if (r < 1.) {
		vec3 nrm = vec3(b/ball, sqrt(1. - r*r)); if (shape > .5) nrm = vec3(r*sign(b.x), .2, sqrt(1. - r*r));
		float lit = max(.0, dot(nrm, normalize(vec3(-.7, .6, .6)))), stripe = step(.5, fract((nrm.y + .4*nrm.x)*2.5 + run));
		col = mix(hue(.0, scene + 9.), hue(.5, scene + 10.), stripe)*mix(shade, glow, lit*(.4 + .6*sun(w + nrm.xy*.3, kind, n, .06))) + .5*pow(lit, 30.);
	}
	fragColor = vec4(col, 1.);
}
