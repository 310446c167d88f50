// Relief maps: shaded terrain in stepped tints with contour lines, sea depths, a graticule, dotted tracks, and an inset or compass.
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }
#define pick(x) rnd(scene + x)
float noise(vec2 p) { vec2 i = floor(p), f = fract(p); f *= f*(3. - 2.*f); float n = i.x + 57.*i.y; return mix(mix(rnd(n), rnd(n + 1.), f.x), mix(rnd(n + 57.), rnd(n + 58.), f.x), f.y); }
vec3 ink(float x, float s) { return .55 + .42*cos(6.2832*(x + vec3(rnd(s), rnd(s + .3), rnd(s + .6)))); }
float land(vec2 p, float rough, float ridge) {
	float h = .0, a = .55;
	for (int i = 0; i < 4; i++) { float n = noise(p); h += a*mix(n, 1. - abs(2.*n - 1.), ridge); p = mat2(1.6, 1.2, -1.2, 1.6)*p + 3.; a *= rough; }
	return h;
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.5), run = fract(iTime/2.5), a = 6.28*pick(.1);
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y;
	float tilt = .9*(pick(.2) - .4), zoom = mix(.6, 2.4, pick(.3)), rough = mix(.25, .55, pick(.4)), ridge = step(.6, pick(.5));
	vec2 flat_ = mat2(cos(a), sin(a), -sin(a), cos(a))*s/(1.1 - tilt*s.y), p = flat_*zoom + 40.*rnd(scene) + .3*run;
	float inset = max(abs(s.x - .55*sign(sin(scene*5.))) - .33, abs(s.y + .5*sign(cos(scene*3.))) - .36), boxed = step(.5, pick(.6));
	if (boxed > .5 && inset < .0) p = s*5. + 9.*pick(.7);  // a closer map in the corner
	float h = land(p, rough, ridge), e = .03;
	vec2 slope = vec2(land(p + vec2(e, .0), rough, ridge) - h, land(p + vec2(.0, e), rough, ridge) - h)/e;
	float sea = mix(.2, .55, pick(.8)), steps = 5. + floor(16.*pick(.9)), level = h*steps, light = 6.28*pick(1.);
	float shade = clamp(.85 + .5*dot(slope, vec2(cos(light), sin(light))), .1, 1.5), up = (floor(level)/steps - sea)*2.;
	float width = length(slope)*steps*zoom*.018, line = abs(fract(level + .5) - .5), heavy = step(abs(mod(floor(level + .5), 4.)), .5);
	vec3 col = up > .0 ? ink(up*.8, scene + 2.)*mix(.55, 1.15, up)*shade : ink(.1, scene + 6.)*(.85 + .9*up)*(.85 + .15*shade);
	vec3 pen = mix(vec3(.05), vec3(1.), step(.6, pick(1.1)));
	col = mix(col, pen, (.3 + .6*heavy)*smoothstep(width*(1. + heavy), .0, line));
	if (up > .0) {  // woods, fields, towns
		vec2 c = floor(p*14.); float k = rnd(c.x + 31.*c.y), d = length(fract(p*14.) - .5);
		if (noise(p*2. + 50.) > .62 && d < .2 + .2*k) col = ink(.4, scene + 3.)*(.4 + .9*d);
		vec2 b = floor(p*2.); if (rnd(b.x*7. + b.y + scene) < .2 && length(fract(p*2.) - .5) < .09) col = vec3(.85, .1, .1);
	}
	float track = abs(flat_.x - .4*sin(2.*flat_.y + scene) - pick(1.2) + .5);
	if (track < .022 && fract(flat_.y*7.) < .6) col = 1. - pen*.9;
	vec2 grid = abs(fract(flat_*1.7 + .3) - .5); col = mix(col, pen.zyx*.5 + .2, .6*step(min(grid.x, grid.y), .01));
	if (boxed > .5) { col *= inset > .0 ? .55 + .45*smoothstep(.0, .12, inset) : 1.; if (abs(inset) < .022) col = vec3(inset > .0 ? .05 : .97); }
	else {  // compass rose
		vec2 q = s - vec2(.6*sin(scene), .6*cos(scene*2.)); float l = length(q)/mix(.2, .45, pick(1.3)), t = atan(q.y, q.x) + a, star = abs(fract(t/1.5708 + .5) - .5);
		if (l < 1.) col = mix(col, vec3(.96, .93, .82), .8*step(.85, l)*step(.5, fract(t*5.73)));
		if (l*(1. + 7.*star) < .95) col = fract(t/1.5708) > .5 ? vec3(.9, .2, .15) : vec3(.97);
	}
	fragColor = vec4(col, 1.);
}
