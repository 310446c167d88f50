// Cacti in a desert: ribbed columns with arms, barrels and pads, blossoms, stones and long shadows before mesas and a hot sky.
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
float bar(vec2 p, vec2 a, vec2 b) { p -= a; b -= a; return length(p - b*clamp(dot(p, b)/dot(b, b), 0., 1.)); }
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	float dusk = pick(1.); vec3 sky1 = mix(vec3(.45, .7, .95), hue(pick(2.))*.6, dusk), sky0 = mix(vec3(.95, .85, .7), vec3(1, .5, .3), dusk), col = mix(sky0, sky1, S(-.2, .9, p.y)), sand = mix(vec3(.85, .6, .38), hue(pick(3.)), .3);
	vec2 sun = vec2(1.8*pick(4.) - .9, .2 + .5*pick(5.)); col += vec3(1, .8, .5)*(S(.16, .14, length(p - sun)) + .3*exp(-4.*length(p - sun)));
	for (int i = 0; i < 3; i++) { float z = float(i), n = noise(vec2(p.x*(1.6 + z) + 9.*z, scene)), y = -.05 - .12*z + .4*S(.45, .55, n)*pick(z + 6.) + .05*noise(p.xx*12. + z); if (p.y < y) col = mix(sand*vec3(.9, .6, .5)*(.7 + .3*sin(p.y*50. + 4.*n)), sky0, .6 - .25*z); }
	float ground = -.2 - .05*noise(p.xx*3.); if (p.y < ground) col = sand*(.75 + .25*sin(p.y*60./(ground + .2 - p.y + .6) + 6.*fbm(p*vec2(2, 6) + scene)))*(.7 + .5*(ground - p.y + .3));
	for (int i = 0; i < 9; i++) {
		float k = float(i)*7. + 20., s = mix(.15, .75, float(i)/8.), h = pick(k + 9.); vec2 q = (p - vec2(2.6*pick(k + 1.) - 1.3, mix(-.25, -.95, float(i)/8.)))/s; float side = sign(sun.x - p.x);
		if (q.y < .05 && q.y > -.12) col *= 1. - .45*S(.2, .0, abs(q.y + .02) - .02)*S(0., .2, -q.x*side + .1)*S(1.6, .2, abs(q.x));
		float d; vec2 c = q; float tall = mix(.6, 1.7, pick(k + 2.)), arm = .3*tall; if (h < .5) { d = bar(q, vec2(0, 0), vec2(0, tall)) - .15; float b = min(bar(q, vec2(0, arm), vec2(.4, arm)), bar(q, vec2(.4, arm), vec2(.4, arm + .5*pick(k + 3.)))) - .1; if (b < d) { d = b; c.x -= .4; } b = min(bar(q, vec2(0, arm*1.5), vec2(-.35, arm*1.5)), bar(q, vec2(-.35, arm*1.5), vec2(-.35, arm*1.5 + .5*pick(k + 4.)))) - .09; if (b < d) { d = b; c.x += .35; } } else if (h < .75) { d = length(q - vec2(0, .3)) - .35; } else { d = min(length((q - vec2(0, .3))*vec2(1.4, 1)) - .32, min(length((q - vec2(.25, .75))*vec2(1.3, 1)) - .24, length((q - vec2(-.24, .7))*vec2(1.3, 1)) - .2)); }
		if (d < 0.) { vec3 green = mix(vec3(.25, .5, .22), hue(.3 + .2*pick(k + 5.)), .35); col = green*(.45 + .5*S(-.3, .3, c.x*side))*(.8 + .3*sin(c.x*60.))*(h > .75 ? .8 + .5*step(.8, noise(q*30.)) : 1.); if (q.y > tall*.98 && h < .5) col = hue(.9 + .3*pick(k + 6.)); }
	}
	color = vec4(col, 1.);
}
