// Pixel-art screens: mirrored sprites at several sizes over tiled ground, starry or banded sky, platforms, and a status bar, scan lines.
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }
#define pick(x) rnd(scene + x)
float rnd2(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7)))*43758.5453); }
vec3 ink(float x, float s) { return floor((.5 + .5*cos(6.2832*(x + vec3(rnd(s), rnd(s + .3), rnd(s + .6)))))*5. + .5)/5.; }

// Colour index of a mirrored sprite: 0 empty, 1 outline, 2.. paint.
float sprite(vec2 q, float k, float n) {
	if (q.x < .0 || q.y < .0 || q.x >= n || q.y >= n) return .0;
	vec2 c = vec2(abs(q.x - .5*(n - 1.)), q.y), m = c/(.5*n) - vec2(.0, 1.);
	float body = rnd2(floor(c) + k*7.7) + .75 - 1.15*length(m*vec2(1., .9)), grain = rnd2(floor(c*.5) + k*3.1);
	if (length(c - vec2(.18*n, .62*n)) < .09*n) return 1. + step(.5, rnd(k));
	return body < .35 ? .0 : body < .5 ? 1. : 2. + floor(3.*grain);
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.), beat = floor(fract(iTime/2.)*8.), grain = floor(mix(44., 110., pick(.1)));
	vec2 p = floor(fragCoord/iResolution.y*grain), view = vec2(grain*iResolution.x/iResolution.y, grain);
	float horizon = floor(view.y*mix(.15, .6, pick(.2))), kind = pick(.3);
	vec3 col = ink(floor(p.y/view.y*7.)*.06, scene)*mix(.35, 1., pick(.4));
	if (kind < .35) col = mix(col*.3, vec3(1.), step(.985, rnd2(p)));
	float moon = length(p - view*vec2(pick(.5), .75))/view.y;
	if (moon < .13) col = ink(.4, scene + 2.) + .2*step(moon, .1);
	for (int i = 0; i < 3; i++) {  // stepped ridges
		float w = 3. + 4.*float(i), h = horizon + (18. - 5.*float(i))*rnd(floor((p.x + beat)/w) + 9.*float(i) + scene) - 3.*float(i);
		if (p.y < h) { col = ink(.17*float(i) + .3, scene + 4.)*(.4 + .25*float(i)); if (rnd2(floor(p/2.) + scene) > .75) col *= 1.5; }
	}
	if (p.y < horizon) {  // tiled ground: brick, chequer or grass on soil
		float t = 4. + 2.*floor(4.*pick(.6)); vec2 c = floor((p + vec2(beat, .0))/t), u = mod(p + vec2(beat, .0), t);
		float type = rnd(scene*3. + floor(rnd2(c.yy + scene)*3.));
		col = ink(.15*floor(3.*rnd2(c + scene)), scene + 6.)*.8;
		if (type < .3) col *= mod(c.x + c.y, 2.) < .5 ? 1. : .5; else if (type < .6) col *= min(u.x, u.y) < 1. ? .4 : max(u.x, u.y) > t - 2. ? 1.3 : 1.; else col *= .7 + .5*step(.5, rnd2(p));
		if (p.y > horizon - 3. + floor(2.*rnd(p.x))) col = ink(.6, scene + 6.);
	}
	for (int i = 0; i < 9; i++) {
		float k = scene*11. + float(i), n = 7. + floor(6.*rnd(k + .1)), zoom = 1. + floor(4.5*pow(rnd(k + .2), 2.5));
		vec2 at = floor(view*vec2(rnd(k + .3), rnd(k + .4)*.85) - n*zoom*.3 + vec2(floor(beat*(rnd(k + .5)*4. - 2.)), mod(beat + k, 2.)));
		if (rnd(k + .6) < .4) at.y = horizon;
		float plat = max(abs(p.x - at.x - n*zoom*.5) - n*zoom*.8, abs(p.y - at.y + 2.) - 1.5);
		if (plat < .0 && rnd(k + .7) < .6) col = ink(.8, scene + 8.)*(p.y > at.y - 2. ? 1. : .5);
		if (sprite(floor((p - at + vec2(-2., 1.))/zoom), k, n) > .5) col *= .55;
		float c = sprite(floor((p - at)/zoom), k, n);
		if (c > .5) col = c < 1.5 ? vec3(.05, .03, .1) : ink(.23*c + rnd(k), k)*(c > 3.5 ? 1.2 : .9);
	}
	float bar = view.y - p.y;
	if (bar < 9. && pick(.7) < .6) { col = vec3(.04, .04, .1); vec2 c = floor(vec2(p.x/6., .0)); if (mod(p.x, 6.) < 5. && bar > 2. && bar < 8.) { float hearts = step(c.x, 3.); col = hearts > .5 ? vec3(.9, .2, .3)*step(abs(mod(p.x, 6.) - 2.) + abs(bar - 4.), 3.) : vec3(1., .9, .5)*step(.45, rnd2(vec2(p.x, bar) + scene))*step(.4, rnd(c.x + scene)); } }
	vec2 f = fract(fragCoord/iResolution.y*grain);
	col *= pick(.8) < .4 ? .75 + .4*sqrt(16.*f.x*(1. - f.x)*f.y*(1. - f.y)) : 1.;
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y;
	fragColor = vec4(col*(1.1 - .2*dot(s, s)), 1.);
}
