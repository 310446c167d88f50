// Waterfalls in a gorge: streaming veils over ledges, mist and a rainbow, mossy cliffs and a churning pool.
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
	float cx = pick(1.) - .5, wide = mix(.2, .6, pick(2.)), n0 = fbm(vec2(p.x*2., scene)), top = .5 + .3*pick(3.) - .15*n0, pool = -.55 - .15*pick(4.); vec3 air = mix(hue(pick(5.)), vec3(1), .6), col = mix(air, hue(.5 + .2*pick(6.)), S(.3, 1., p.y)); float hill = top + .3*fbm(p.xx*2.5 + scene + 9.); if (p.y < hill) col = mix(vec3(.15, .35, .15), hue(pick(7.))*.5, .3)*(.5 + noise(p*vec2(16, 24)));
	vec3 stone = mix(vec3(.38, .34, .31), hue(pick(8.)), .3); float edge = cx + .25*(fbm(vec2(p.y*2.5, scene)) - .5), cliff = abs(p.x - edge) - wide; if (p.y < top) { vec2 u = p*vec2(3, 4) + scene; u.y += .5*noise(u.xx); float a = fbm(u), b = fbm(u + vec2(.08, .14)); col = stone*(.45 + a + 3.5*(a - b))*mix(.6, 1.1, S(.0, .5, cliff)); col = mix(col, vec3(.25, .42, .1), S(.5, .62, fbm(p*vec2(3, 7) + 30.))*S(-.1, .3, a - b + .1)); }
	for (int i = 0; i < 4; i++) { float k = float(i)*3. + 10., ledge = mix(top, pool, float(i)/4.), x = (p.x - edge - .2*(pick(k) - .5))/(wide*mix(.5, 1., pick(k + 1.))), fall = ledge - p.y; if (fall > 0. && p.y > pool && abs(x) < 1. + .2*noise(vec2(fall*9., k))) { float s = noise(vec2(x*14. + k*9., fall*2.5/(fall + .4) - run*7.)), g = noise(vec2(x*40., fall*3. - run*11.)); col = mix(col, mix(vec3(.45, .62, .7), vec3(1), S(.25, .75, .65*s + .35*g)), S(1.1, .6, abs(x))*mix(.9, .65, s)*S(.0, .04, fall)); } if (abs(fall) < .05 + .05*noise(p.xx*9. + k) && abs(x) < 1.4 && float(i) > 0.) col = mix(stone*.5, vec3(1), .3*noise(p*30. + run*9.)); }
	if (p.y < pool) { float z = 1./(pool + .3 - p.y), f = fbm(vec2(p.x*z, z*3. + run*2.)*1.6); col = mix(mix(vec3(.1, .35, .35), hue(pick(9.))*.4, .3), air, .4*f); col = mix(col, vec3(.97), S(.45, .75, f + .5*exp(-5.*(pool - p.y)) - .25*abs(p.x - edge))); }
	col = mix(col, vec3(.97), .75*exp(-7.*abs(p.y - pool + .05))*S(1.6, .0, abs(p.x - edge)/wide)*fbm(p*4. + vec2(0, -run*2.))*1.6); float bow = length(p - vec2(edge + .5, pool - .3)) - .9; col += .28*hue(bow*4.)*S(.14, .0, abs(bow))*step(.5, pick(10.));
	for (int i = 0; i < 3; i++) { float k = float(i)*5. + 60.; vec2 q = rot(pick(k)*6.)*(p - vec2(sign(pick(k + 1.) - .5)*1.05, 1.6*pick(k + 2.) - .8)); float a = atan(q.y, q.x), fr = length(q) - .35 - .25*abs(sin(a*4. + k)); if (fr < 0.) col = mix(vec3(.05, .16, .06), hue(pick(k + 3.))*.4, .3)*(.6 + .8*noise(q*vec2(12) + k)); }
	color = vec4(col, 1.);
}
