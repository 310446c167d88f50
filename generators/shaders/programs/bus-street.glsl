// Buses, vans and cars seen from the side in front of shops: windows with faces, wheels, doors, stripes and posters.
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
void mainImage(out vec4 color, in vec2 pixel) {
	scene = floor(iTime/2.5);
	float run = fract(iTime/2.5);
	vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
	vec3 col = mix(hue(pick(1.)), vec3(1), .5)*(.7 + .3*p.y); float n = mix(1.2, 2.2, pick(2.)), x0 = p.x*n + scene, id0 = floor(x0); vec2 sh = vec2(fract(x0), (p.y + .3)*n*.5); float ks = rnd(vec2(id0, scene));
	col = hue(ks)*mix(.4, .9, rnd(vec2(id0, 3.)))*(.85 + .15*step(.1, fract(sh.y*8.)))*S(.0, .03, min(sh.x, 1. - sh.x)); if (sh.y > .65 && sh.y < 1.3 && box(fract(vec2(sh.x*3., sh.y*2.2)) - .5, vec2(.3, .36)) < 0.) col = mix(vec3(.3, .4, .5), vec3(1, .9, .6), rnd(floor(vec2(sh.x*3., sh.y*2.2)) + id0)); if (sh.y < .45) col = box(vec2(sh.x - .5, sh.y - .15), vec2(.4, .25)) < 0. ? vec3(.2, .25, .3) + .4*hue(rnd(floor(sh*vec2(9, 7)) + id0))*step(.5, rnd(floor(sh*vec2(9, 7)) + id0 + 5.)) : col*.6; if (abs(sh.y - .52) < .08) col = mix(hue(ks + .5), vec3(1), step(.5, fract(sh.x*6.)));
	if (p.y < -.42) col = vec3(.3)*(.8 + .3*noise(p*30.)) + .6*step(abs(p.y + .78), .02)*step(.5, fract(p.x*2.)); if (abs(p.y + .42) < .03) col = vec3(.65);
	for (int i = 0; i < 5; i++) {
		float k = float(i)*9. + 20., z = float(i)/4., s = mix(.22, .42, z)*mix(.85, 1.2, pick(k)), way = pick(k + 1.) < .5 ? 1. : -1., bus = step(.5, pick(k + 2.)); vec2 q = (p - vec2(mod(2.8*pick(k + 3.) + way*run*1.4, 2.8) - 1.4, mix(-.42, -.85, z)))/s; q.x *= way; float L = bus > 0. ? mix(1.2, 1.9, pick(k + 4.)) : 1., H = bus > 0. ? mix(1.1, 1.9, step(.6, pick(k + 5.))) : .5; vec3 paint = hue(pick(k + 6.))*mix(.6, 1., pick(k + 7.));
		if (p.y < -.3) col *= 1. - .5*S(.25, .0, length(vec2(max(abs(q.x) - L, 0.), (q.y + .05)*3.)));
		float body = box(q - vec2(0, .2 + H*.5), vec2(L, H*.5)) - .06, cab = bus > 0. ? 1. : max(abs(q.x + .1) - .65 + .5*(q.y - .7), abs(q.y - .85) - .25);
		if (min(body, cab) < 0.) { col = paint*(.75 + .3*S(.2, 1.5, q.y)); if (bus > 0.) { vec2 w = vec2(q.x*2.2, (q.y - .35)*1.7), wi = floor(w), f = fract(w) - .5; if (wi.y > -.5 && mod(wi.y, 2.) < 1.5 && box(f - vec2(0, .1), vec2(.38, .24)) < 0.) { col = mix(vec3(.35, .5, .6), vec3(.75, .9, 1), f.x + f.y + .5); if (length(f - vec2(0, -.02)) < .16 && rnd(wi + k) > .4) col = mix(vec3(.9, .7, .5), vec3(.35, .2, .12), rnd(wi + k + 1.)); } if (abs(q.y - .3) < .06) col = hue(pick(k + 8.)); } else { if (cab < -.07 && abs(q.x + .1) > .03) col = mix(vec3(.3, .4, .5), vec3(.8, .95, 1), q.y - .4 + .3*q.x); if (abs(q.y - .4) < .03) col = mix(paint, vec3(1), .6); } if (q.x > L - .12 && q.y < .45 && q.y > .25) col = vec3(1, .95, .6); if (q.x < -L + .1 && q.y < .5 && q.y > .3) col = vec3(.9, .1, .1); }
		float wheel = length(vec2(abs(q.x) - L*.62, q.y - .14)); if (wheel < .24) col = vec3(wheel < .12 ? .65 + .2*step(.5, fract(atan(q.y - .14, abs(q.x) - L*.62)*1.6)) : .06);
	}
	color = vec4(col, 1.);
}
