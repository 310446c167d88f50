// Market baskets from above: woven rims full of peas, berries, eggs, apples or leaves, on a striped cloth.
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
mat2 rot(float a) { float c = cos(a), s = sin(a); return mat2(c, s, -s, c); }
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	vec3 col = mix(hue(pick(1.)), vec3(.95), step(.5, fract(p.x*mix(2., 6., pick(2.)) + .1*sin(p.y*5.)))*.7)*(.8 + .2*noise(p*40.));
	for (int i = 0; i < 6; i++) {
		float k = float(i)*9. + 10., R = mix(.28, .7, pick(k)); vec2 at = 2.2*vec2(fract(float(i)*.618 + pick(3.)), fract(float(i)*.382 + pick(4.))) - 1.1, q = (p - at)/R; float r = length(q), a = atan(q.y, q.x); if (pick(k + 1.) < .4) { r = max(abs(q.x), abs(q.y)); a = q.x + q.y; } col *= 1. - .5*S(1.3, .85, length(q - vec2(.12, -.15))); if (r > 1.) continue;
		vec2 w = vec2(a*7., r*14.); float over = mod(floor(w.x) + floor(w.y), 2.); col = mix(vec3(.6, .42, .22), hue(pick(k + 2.)), .25)*(.45 + .6*sin(3.14*fract(over > .5 ? w.y : w.x)))*(.8 + .4*over);
		if (r < .8) {
			float size = mix(3., 9., pick(k + 3.)), n = pick(k + 4.); vec3 food = hue(pick(k + 5.)); col = food*.15; vec2 u = q*size; float top = -1.;
			for (int j = 0; j < 9; j++) { vec2 c = floor(u) + vec2(j%3 - 1, j/3 - 1); vec2 o = vec2(rnd(c + k), rnd(c + k + 7.)); vec2 e = (u - c - o)*vec2(1, n > .6 ? 1.25 : 1.)/mix(.6, .95, o.x); e = n > .3 ? rot(o.y*6.)*e : e; float z = 1. - dot(e, e), z0 = z > 0. ? o.y + .3*sqrt(z) : -1.; if (z0 > top) { top = z0; vec3 nn = vec3(e, sqrt(z)); float sh = max(dot(nn, normalize(vec3(-.5, .6, .7))), 0.); vec3 skin = mix(food, hue(pick(k + 5.) + .15*o.x), .7)*mix(.6, 1.15, o.y); if (n > .8) skin = vec3(.95, .85, .72)*mix(.8, 1., o.x); if (n < .2) skin *= .6 + .6*step(.5, fract(atan(e.y, e.x)*2. + length(e))); col = skin*(.2 + sh) + .5*pow(sh, 30.); } }
			col *= S(.8, .7, r)*.5 + .5;
		}
	}
	color = vec4(col, 1.);
}
