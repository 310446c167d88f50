// Eyes of people, cats, frogs and owls: fibred irises, round or slit pupils, lids, lashes, brows, reflections, skin or fur or scales.
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
	float kind = floor(4.*pick(1.)), big = mix(.7, 1.6, pick(2.)); vec3 skin = mix(mix(vec3(.85, .6, .45), vec3(.3, .18, .1), pick(3.)), hue(pick(4.)), kind < 1. ? .15 : .6); float fur = fbm(rot(pick(5.)*3.)*p*vec2(3, mix(6., 24., pick(6.))) + scene), two = step(.55, pick(7.)); vec2 q = p*big; q.y += .2*(pick(8.) - .5); if (two > 0.) { q *= 1.7; q.x = abs(q.x + .3*(pick(9.) - .5)) - .9; q = rot(.4*(pick(10.) - .5))*q; }
	vec2 sc = fract(p*9.) - .5; vec3 col = skin*(kind > 1.5 ? .6 + .6*fur : kind > .5 ? .7 + .4*S(.5, .2, length(sc)) : .85 + .2*fur)*(.8 + .3*S(1.3, .4, length(q*vec2(.7, 1)))); float open_ = mix(.3, .62, pick(11.)), lid = abs(q.y + .12*q.x*q.x*(pick(12.) - .3)) - (kind > 2. ? sqrt(max(.5 - q.x*q.x*.8, 0.)) : open_*(1. - q.x*q.x*1.1)); col *= 1. - .5*S(.15, .0, abs(lid - .06))*step(0., q.y); vec2 look = .25*vec2(pick(13.) - .5 + .3*sin(run*6.28), pick(14.) - .5), e = q - look; float r = length(e), R = mix(.34, .55, pick(15.))*(kind > 0. ? 1.2 : 1.), a = atan(e.y, e.x);
	if (lid < 0.) { col = mix(vec3(.95, .92, .9), hue(pick(16.)), kind > 0. ? .5 : .06)*(.5 + .5*S(.0, -.25, lid)); if (r < R) { float fib = noise(vec2(a*14. + 3.*noise(vec2(r*9., a*3.)), r*4. + scene)); vec3 iris = mix(hue(pick(17.)), hue(pick(18.)), S(.3, .9, r/R + .3*(fib - .5))); col = iris*(.35 + fib)*S(R, R*.85, r)*S(.02, -.12, lid); float pup = kind < 1. || kind > 2. ? r - R*mix(.25, .55, pick(19.)) : kind < 2. ? length(e*vec2(mix(3., 7., pick(20.)), 1.05)) - R*.85 : length(e*vec2(1, mix(2., 4., pick(20.)))) - R*.8; col *= S(-.01, .03, pup); } col += .9*S(.1, .06, length(e - vec2(-.14, .16))) + .4*S(.05, .03, length(e - vec2(.12, -.12))); }
	float lash = abs(fract(q.x*7. + (q.y - .3)*q.x*2.) - .5); if (kind < 1.5 && lid > 0. && lid < .2 && q.y > 0. && lash < .2*(1. - lid*5.)) col = vec3(.05); vec2 b = q - vec2(0, open_ + .35 - .2*q.x*q.x); if (kind < 1. && abs(b.y) < .09*(1. - q.x*q.x*.8) && abs(q.x) < 1.) col = mix(col, skin*.2, .5 + .5*noise(q*vec2(30, 8)));
	color = vec4(col, 1.);
}
