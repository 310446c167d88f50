// A wardrobe: shirts, dresses and trousers on hangers, checked, striped and flowered, with folds and shadows, on a rail.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { vec3 q = fract(p.xyx*.1031); q += dot(q, q.yzx + 33.33); return fract((q.x + q.y)*q.z); }
float pick(float k) { return rnd(vec2(scene, k*1.37)); }  // a random number of this scene
float noise(vec2 p) {
	vec2 i = floor(p), f = p - i, e = vec2(1, 0);
	f *= f*(3. - 2.*f);
	return mix(mix(rnd(i), rnd(i + e), f.x), mix(rnd(i + e.yx), rnd(i + 1.), f.x), f.y);
}
vec3 hue(float h) { return .55 + .45*cos(6.2832*(h + vec3(0, .33, .67))); }
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	vec3 wood = mix(vec3(.55, .38, .22), hue(pick(1.)), pick(2.)), col = wood*(.4 + .3*noise(p*vec2(22, 2) + scene))*(1. - .25*p.y); float n = mix(2., 4.5, pick(3.)), off = pick(4.)*5.; if (abs(p.y - .82) < .03) col = vec3(.75)*(.5 + 15.*(p.y - .79));
	for (int j = -1; j < 2; j++) for (int r = 0; r < 2; r++) {
		float id = floor(p.x*n + off) + float(r == 0 ? j : -j)*1.; vec2 q = vec2(p.x*n + off - id - .5, (p.y - .78)*1.9); float k = rnd(vec2(id, scene)), kind = rnd(vec2(id, scene + 3.)); q.x += .03*sin(6.28*run + k*9.)*q.y; q *= mix(.75, 1., k); if (mod(id + float(r), 2.) < .5) continue;
		float y = -q.y, x = abs(q.x), len = kind < .3 ? 3. : kind < .65 ? 1.9 : 2.6, side = kind < .3 ? .32 + .2*S(.9, 3., y) : .4; float d = max(x - (y < .25 ? (y + .05)*1.9 : side), max(.06 - y, y - len)); if (kind < .65 && kind > .15) d = min(d, max(abs(x - .45 - .12*y) - .12, max(y - mix(.7, 1.7, k), .15 - y))); if (kind > .8) d = max(d, .05 - x + step(y, .6)); d = max(d, .14 - length(vec2(q.x, y)));
		col *= 1. - .35*S(.15, -.05, d); if (abs(length(vec2(q.x, y + .12)) - .08) < .015) col = vec3(.7);
		if (d < 0.) { vec2 u = q*mix(3., 8., rnd(vec2(id, 7.))); float pat = floor(rnd(vec2(id, scene + 8.))*5.), m = pat < 1. ? step(.5, fract(u.x)) : pat < 2. ? .5*(step(.5, fract(u.x)) + step(.5, fract(u.y))) : pat < 3. ? S(.32, .28, length(fract(u) - .5)) : pat < 4. ? S(.05, -.05, length(fract(u) - .5) - .25 - .12*sin(5.*atan(fract(u.y) - .5, fract(u.x) - .5))) : .0; col = mix(hue(k*7.), mix(hue(k*13. + .4), vec3(1), .4), m)*mix(.4, 1., rnd(vec2(id, 11.))); col *= .7 + .25*sin(q.x*14. + sin(y*2. + k*9.)*2.) + .15*noise(q*30.); col *= S(.0, -.04, d)*.4 + .6; if (kind < .65 && kind > .3 && x < .02) col *= .5; }
	}
	color = vec4(col, 1.);
}
