// Keyboards and sheet music: ebony and ivory keys in perspective with pressed notes, staves, clefs, stems and slurs above.
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
	p = rot((pick(1.) - .5)*.5)*p*mix(.8, 1.4, pick(2.)); float split = mix(-.4, .6, pick(3.)); vec3 paper = mix(vec3(.96, .93, .85), hue(pick(4.)), .25*pick(5.)), ink = mix(vec3(.08), hue(pick(6.))*.5, .5), col = paper*(.85 + .15*fbm(p*4.)); float n = mix(2., 4., pick(7.)), y = (p.y - split)*n + .3*run, row = floor(y), f = fract(y)*14. - 3.;
	if (abs(f - 4.) < 4.4 && abs(fract(f*.5 + .5) - .5) < .06) col = mix(col, ink, .8); float nx = p.x*n*2.2 + scene*3. + row*7., id = floor(nx), k = rnd(vec2(id, row)), at = floor(k*9.); vec2 q = vec2((fract(nx) - .5)*4.5, f - at); if (k > .12) { float head = length(rot(.5)*q*vec2(.8, 1.15)) - .85, stem = max(abs(q.x - .8*sign(4.5 - at)) - .12, abs(q.y - 2.6*sign(4.5 - at)) - 2.6); if (k > .75 && head < -.35) head = .1; if (stem < 0. || head < 0.) col = mix(ink, hue(k*9.), step(.75, pick(8.))); vec2 fl = q - vec2(.8*sign(4.5 - at), 5.*sign(4.5 - at)); if (abs(fl.y) < .35 && fract(k*7.) > .5) col = ink; } if (abs(fract(nx*.25) - .5) < .01*n && f > 0. && f < 8.) col = ink;
	if (p.y < split) {
		float z = 1./(split + 1. - p.y*mix(.0, .5, pick(9.))), x = p.x*z*mix(5., 9., pick(10.)) + scene, v = (split - p.y), w = floor(x), press = step(.8, rnd(vec2(w, 1.)))*.06; col = mix(vec3(.97, .96, .92), hue(pick(11.)), .12)*(.7 + .3*S(.0, .3, v))*S(.0, .05, min(fract(x), 1. - fract(x))); if (press > 0.) col = mix(col*.85, hue(pick(12.)), .35); float b = x - .5, o = mod(floor(b), 7.), bx = abs(fract(b) - .5); if (o != 2. && o != 6. && v < mix(.5, .75, pick(13.)) && v > .05) { if (bx < .33) col = vec3(.06) + .25*S(.3, .2, bx)*S(.6, .3, v) + .2*S(.02, .0, abs(bx - .22)); else if (bx < .42 && fract(b) > .5) col *= .55; } if (v < .07) col = mix(vec3(.6, .08, .1), hue(pick(14.)), .5)*(.4 + 8.*v); float key = mix(.9, 1.5, pick(9.)); if (v > key) col = vec3(.3, .16, .08)*(.6 + .5*noise(p*vec2(3, 30)));
	}
	color = vec4(col, 1.);
}
