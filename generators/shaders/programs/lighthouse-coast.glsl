// Lighthouses on rocky coasts: banded towers, beams, cottages, gulls, breaking waves and weather from calm to storm.
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
float box(vec2 p, vec2 b) { p = abs(p) - b; return min(max(p.x, p.y), 0.) + length(max(p, 0.)); }
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	float storm = pick(1.), night = pick(2.); vec3 air = mix(hue(pick(3.)), vec3(.85), .5)*mix(1., .3, night), col = mix(air, mix(vec3(.25, .45, .8), hue(pick(4.)), .4)*mix(1., .2, night), S(-.2, 1., p.y)); col = mix(col, vec3(mix(.95, .3, storm))*mix(1., .4, night), S(mix(.6, .35, storm), .8, fbm(p*vec2(1.4, 2.6) + scene + vec2(run*.3, 0)))*.9); float sea = -.15 - .15*pick(5.), wob = .015*sin(p.x*9. + run*6.);
	if (p.y < sea + wob) { float z = 1./(sea + .2 - p.y); vec2 u = vec2(p.x*z, z*2.)*2. + vec2(scene, run*2.); col = mix(mix(vec3(.05, .25, .4), hue(pick(6.))*.4, .4), air, .3 + .4*noise(u*vec2(1, 2)))*(.7 + .4*noise(u*3.)); col = mix(col, vec3(.95), S(.68 - .2*storm, .8, fbm(u*1.2))); }
	for (int i = 0; i < 4; i++) {
		float k = float(i)*11. + 20., z = float(i)/3., s = mix(.22, .75, z)*mix(.8, 1.2, pick(k)), side = 2.6*pick(k + 1.) - 1.3, base = mix(sea, -.75, z); vec2 q = (p - vec2(side, base))/s; float rock = .35*S(1.3, .1, abs(q.x + .3*(noise(q.xx*3. + k) - .5))) + .18*(fbm(vec2(q.x*3., k)) - .5) - q.y; vec3 stone = mix(vec3(.4, .36, .33), hue(pick(k + 2.)), .25)*mix(1., .4, night);
		float tw = .17 - .045*q.y, x = q.x/tw, H = mix(1.1, 1.6, pick(k + 3.)); float glow = exp(-6.*length(q - vec2(0, H + .12))); float beam = abs((q.y - H - .12) - (q.x)*.25*sin(run*6.28 + k)); if (night > .35) col += vec3(1, .9, .6)*(.5*glow + .5*S(.04 + .14*abs(q.x), .0, beam)*exp(-.5*abs(q.x)));
		if (abs(x) < 1. && q.y < H && q.y > 0.) { float kind = pick(k + 4.); vec3 paint = mix(vec3(.95), mix(vec3(.85, .15, .12), hue(pick(k + 5.)), .4), kind < .5 ? step(.5, fract(q.y*mix(1.5, 3.5, pick(k + 6.)))) : kind < .8 ? step(.5, fract(q.y*1.8 + .25*asin(clamp(x, -1., 1.)))) : 0.); col = paint*(.45 + .6*sqrt(1. - x*x*.9) - .3*x)*mix(1., .45, night); if (abs(q.x) < .03 && abs(fract(q.y*2.6) - .5) < .16) col = vec3(.15); }
		if (abs(q.x) < tw*1.3 && abs(q.y - H) < .03) col = vec3(.2); if (abs(q.x) < .09 && q.y > H && q.y < H + .22) col = mix(vec3(.4, .5, .55), vec3(1, .95, .7), .4 + .6*night); if (q.y > H + .22 && q.y < H + .36 && abs(q.x) < .12 - .8*(q.y - H - .22)) col = vec3(.6, .12, .1)*mix(1., .5, night);
		vec2 h = q - vec2(.5*sign(pick(k + 7.) - .5), .3); if (max(abs(h.x) - .2, abs(h.y) - .14) < 0.) col = mix(vec3(.92), vec3(1, .8, .3), step(box(fract(h*vec2(4, 4)) - .5, vec2(.2)), 0.)*night)*mix(1., .5, night); if (h.y > .14 && h.y < .3 && abs(h.x) < .25 - .8*(h.y - .14)) col = vec3(.5, .2, .15)*mix(1., .5, night);
		if (rock > 0. && q.y > -.6) { float n = fbm(q*5. + k), b = fbm(q*5. + k + .12); col = stone*(.5 + n + 3.*(n - b)); if (rock < .07) col = mix(vec3(.3, .45, .15), stone, .3)*mix(1., .4, night); col = mix(col, vec3(.97), S(.1, -.02, q.y + .2 + .25*noise(vec2(q.x*5. + run*3., k)))*storm); }
	}
	for (int i = 0; i < 5; i++) { float k = float(i)*3. + 80.; vec2 q = (p - vec2(2.4*pick(k) - 1.2 + .3*run, .3 + .6*pick(k + 1.)))/mix(.05, .16, pick(k + 2.)); if (abs(q.y - .5*abs(q.x) + q.x*q.x*.5) < .1*(1. - abs(q.x)) && pick(3.) < .7) col = vec3(.95); }
	color = vec4(col, 1.);
}
