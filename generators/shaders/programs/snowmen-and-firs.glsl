// A snowy dell: snowmen with hats, scarves, buttons and carrots among laden firs, under falling snow, by day or lamplight.
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
float box(vec2 p, vec2 b) { p = abs(p) - b; return min(max(p.x, p.y), 0.) + length(max(p, 0.)); }
float bar(vec2 p, vec2 a, vec2 b) { p -= a; b -= a; return length(p - b*clamp(dot(p, b)/dot(b, b), 0., 1.)); }
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	float night = pick(1.); vec3 col = mix(mix(vec3(.7, .82, .95), hue(pick(2.)), .3), vec3(.08, .1, .25), night*S(-.5, .8, p.y)), snow = mix(vec3(1), vec3(.55, .65, .95), night*.8); vec2 moon = p - vec2(1.6*pick(3.) - .8, .7); col += vec3(1, .95, .8)*(S(.13, .12, length(moon)) + .25*exp(-5.*length(moon)));
	for (int i = 0; i < 12; i++) {
		float k = float(i)*9. + 10., z = float(i)/11., s = mix(.18, .6, z*z)*mix(.7, 1.2, pick(k)), base = mix(.05, -.85, z) + .08*sin(p.x*3. + k); vec2 q = (p - vec2(2.8*pick(k + 1.) - 1.4, base))/s; float man = step(.6, pick(k + 2.));
		if (p.y < base) { col = mix(snow*(.75 + .25*S(-.3, .0, p.y - base)) , snow, noise(p*vec2(4, 12) + k)); col *= 1. - .35*S(.8, .2, length(q*vec2(.8, 4.) + vec2(-.4, .1))); }
		if (man > 0.) {
			float d = min(length(q - vec2(0, .4)) - .5, min(length(q - vec2(0, 1.05)) - .36, length(q - vec2(0, 1.55)) - .26)); vec3 felt = hue(pick(k + 3.)), wool = hue(pick(k + 4.));
			if (min(bar(q, vec2(.3, 1.1), vec2(.95, 1.5)), bar(q, vec2(-.3, 1.1), vec2(-.95, 1. + pick(k + 5.)))) < .03) col = vec3(.25, .15, .1);
			if (d < 0.) { col = snow*(.6 + .4*S(.5, -.3, q.x + d*.5)); if (length(vec2(abs(q.x) - .09, q.y - 1.62)) < .035 || (abs(q.x) < .035 && abs(fract(q.y*5.) - .5) < .15 && q.y > .4 && q.y < 1.2)) col = vec3(.08); }
			if (abs(q.y - 1.33) < .07 && abs(q.x) < .28 || (box(q - vec2(.15, 1.05), vec2(.06, .25)) < 0.)) col = mix(wool, vec3(1), step(.5, fract(q.x*5. + q.y*4.)));
			if (q.x > 0. && q.x < .3 && abs(q.y - 1.53) < .05*(1. - q.x*3.3)) col = vec3(1, .5, .1);
			if (box(q - vec2(0, 1.98), vec2(.2, .2)) < 0. || box(q - vec2(0, 1.78), vec2(.34, .03)) < 0.) col = felt*(abs(q.y - 1.85) < .05 ? 1.3 : .4);
		} else {
			float tier = fract(q.y*1.6), w = (1.9 - q.y)*.42*(1. - .45*tier) + .03*sin(q.x*30.); if (q.y > .12 && abs(q.x) < w && q.y < 1.9) col = mix(mix(vec3(.08, .22, .14), hue(.35 + .2*pick(k + 3.))*.4, .4)*(.6 + .8*S(.4, -.4, q.x)), snow, S(.45, .8, tier*.3 + noise(q*5. + k)*.8)); if (box(q - vec2(0, .06), vec2(.06, .08)) < 0.) col = vec3(.2, .12, .08); if (night > .5 && rnd(floor(q*9.) + k) > .85 && abs(q.x) < w && q.y > .12 && length(fract(q*9.) - .5) < .3) col = hue(rnd(floor(q*9.)))*1.2;
		}
	}
	for (int i = 0; i < 3; i++) { vec2 u = p*(4. + 3.*float(i)) + vec2(.5*sin(run*6.28), run*6. + float(i)*9.), f = fract(u) - .5; col = mix(col, vec3(1), .8*step(.6, rnd(floor(u)))*S(.12, .06, length(f + .3*(rnd(floor(u) + 5.) - .5)))); }
	color = vec4(col, 1.);
}
