// A raked gravel garden: combed lines bend round mossy stones with long shadows, seen from above, in any light.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { vec3 q = fract(p.xyx*.1031); q += dot(q, q.yzx + 33.33); return fract((q.x + q.y)*q.z); }
float pick(float k) { return rnd(vec2(scene, k*1.37)); }  // a random number of this scene
float noise(vec2 p) {
	vec2 i = floor(p), f = p - i, e = vec2(1, 0);
	f *= f*(3. - 2.*f);
	return mix(mix(rnd(i), rnd(i + e), f.x), mix(rnd(i + e.yx), rnd(i + 1.), f.x), f.y);
}
float fbm(vec2 p) { float s = 0., a = .53; for (int i = 0; i < 4; i++) { s += a*noise(p); p = mat2(1.6, 1.2, -1.2, 1.6)*p + 7.; a *= .5; } return s; }
vec3 hue(float h) { return .55 + .45*cos(6.2832*(h + vec3(0, .33, .67))); }
mat2 rot(float a) { float c = cos(a), s = sin(a); return mat2(c, s, -s, c); }
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	vec2 u = rot(pick(1.)*3.)*p*mix(.8, 1.6, pick(2.)), light = normalize(vec2(pick(3.) - .5, pick(4.) - .5) + .01);
	float near = 9., who = 0., shade = 1.; vec2 q = u, at = vec2(0);
	for (int i = 0; i < 6; i++) {
		float k = float(i)*3. + 10., size = mix(.12, .5, pick(k)*pick(k + .5));
		vec2 c = u - 2.6*(vec2(pick(k + 1.), pick(k + 2.)) - .5);
		float d = length(c*mix(vec2(1), vec2(1.5, .8), pick(k + 3.))) - size*(1. + .25*sin(atan(c.y, c.x)*3. + k) + .3*(noise(c*6.) - .5));
		shade *= 1. - .6*S(.1, -.1, length(c + light*size*.6) - size);
		if (d < near) { near = d; who = k; at = c/size; }
	}
	float flow = mix(near*mix(.6, 1.2, pick(5.)), u.y + .15*sin(u.x*2. + scene), S(.1, .6, near));
	float comb = sin(flow*mix(35., 60., pick(6.)) + run), slope = cos(flow*45.)*light.y;
	vec3 sand = mix(vec3(.85, .8, .7), hue(pick(7.)), mix(.05, .5, pick(8.)));
	vec3 col = sand*(.7 + .18*comb + .12*slope + .25*(rnd(floor(u*60.)) - .5))*shade;
	if (near < .0) {
		float h = sqrt(clamp(-near*3., 0., 1.)), lit = clamp(.4 + dot(at, light)*.7 + .3*h, .08, 1.2);
		vec3 rock = mix(vec3(.45, .43, .42), hue(pick(who)), .25)*mix(.5, 1., fbm(u*6. + who));
		col = mix(rock, mix(vec3(.3, .45, .12), hue(.25 + .2*pick(9.)), .3), S(.45, .6, fbm(u*4. + who*3.)))*lit*1.3;
	} else col = mix(col, vec3(.25, .4, .12)*(.6 + noise(u*40.)), S(.05, .0, near)*step(.4, pick(who + .7)));
	color = vec4(col, 1.);
}
