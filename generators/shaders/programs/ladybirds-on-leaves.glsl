// Beetles on leaves: spotted and striped wing cases with a seam, heads and feelers, on big veined leaves with dew.
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
	vec3 green = mix(vec3(.25, .5, .15), hue(pick(1.)), mix(.1, .7, pick(2.))), col = green*.3*(.6 + fbm(p*4. + scene)); vec2 light = vec2(-.4, .6);
	for (int i = 0; i < 8; i++) { float k = float(i)*5. + 10., a = 6.28*pick(k); vec2 q = rot(a)*(p - 2.4*vec2(pick(k + 1.), pick(k + 2.)) + 1.2)/mix(.5, 1., pick(k + 3.)), s = q + rot(a)*vec2(-.06, .1); float wid = mix(.35, .6, pick(k + 4.)); col *= 1. - .5*S(.08, -.08, abs(s.x) - wid*(1. - s.y*s.y)); float d = abs(q.x) - wid*(1. - q.y*q.y)*(1. + .05*sin(q.y*40.)); if (d > 0.) continue; float vein = min(abs(q.x) - .012, abs(fract((q.y - abs(q.x)*.8)*5.) - .5)*.2 - .008); col = green*mix(.6, 1.3, pick(k + 4.5))*(.8 + .35*S(.0, .06, vein))*(.75 + .4*noise(q*9.))*(q.x > 0. ? 1.15 : .8); vec2 w = fract(q*6.) - .5; if (rnd(floor(q*6.) + k) > .93) col += .5*S(.2, .1, length(w - vec2(-.08, .1))) + .12*S(.3, .25, length(w)); }
	for (int i = 0; i < 6; i++) {
		float k = float(i)*9. + 60., s = mix(.1, .42, pick(k)*pick(k + .5)) + .04; mat2 m = rot(6.28*pick(k + 3.) + .3*sin(6.28*run)); vec2 at = 2.2*vec2(pick(k + 1.), pick(k + 2.)) - 1.1, q = m*(p - at)/s, l = m*light; float d = length(q*vec2(1.15, .9)) - 1., head = length(q - vec2(0, 1.05)) - .45;
		col *= 1. - .5*S(1.3, .8, length(m*(p - at + .12*light)/s));
		vec2 leg = vec2(abs(q.x), q.y); if (abs(leg.x - 1.1) < .3 && abs(fract(q.y*1.6 + .3*leg.x) - .5) < .09 && abs(q.y) < .9) col = vec3(.06); if (abs(length(leg - vec2(.55, 1.45)) - .3) < .04 && q.y > 1.3) col = vec3(.06);
		if (head < 0.) { col = vec3(.07) + .2*S(-.2, -.45, head); if (length(leg - vec2(.28, 1.2)) < .12) col = vec3(.9); }
		if (d < 0.) { vec3 case_ = mix(vec3(.85, .12, .05), hue(pick(k + 4.)), step(.4, pick(k + 5.))); float h = sqrt(-d*(d + 2.) + .01), spots = pick(k + 6.) < .6 ? length((fract(leg*vec2(1.9, 1.7) + .15) - .5)) - mix(.2, .34, pick(k + 7.)) : sin(q.y*mix(5., 12., pick(k + 7.)) + abs(q.x)*3.)*.3; col = mix(case_, vec3(.05), S(.04, -.04, spots)); if (q.y > .62) col = vec3(.06) + .8*step(length(leg - vec2(.4, .75)), .13); col *= S(.0, .04, abs(q.x)*(q.y < .62 ? 1. : 9.)) * (.35 + .7*h + .35*dot(q, l)); col += .8*S(.25, .05, length(q - l*.6)); }
	}
	color = vec4(col, 1.);
}
