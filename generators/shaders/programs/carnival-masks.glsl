// Faces built from simple shapes: head, hair or hat, eyes that look about, brows, noses, mouths with teeth, painted cheeks, on patterned walls.
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }
vec3 hue(float x) { return .55 + .45*cos(6.2832*(x + vec3(.0, .33, .67))); }
float S(float d) { return smoothstep(.012, -.012, d); }
float oval(vec2 p, vec2 r) { return (length(p/r) - 1.)*min(r.x, r.y); }

vec3 face(vec3 col, vec2 p, float k, float run) {
	vec3 skin = hue(rnd(k + .1))*mix(.5, 1.1, rnd(k + .2)), hair = hue(rnd(k + .3))*mix(.1, 1., rnd(k + .4)), lip = hue(rnd(k + .5));
	vec2 m = vec2(abs(p.x), p.y), jaw = vec2(mix(.5, .75, rnd(k + .6)), mix(.65, .9, rnd(k + .7)));
	float square = rnd(k + .8), d = mix(oval(p, jaw), max(m.x - jaw.x, abs(p.y) - jaw.y), square*.6);
	float l = length(p - vec2(.0, .1)), t = atan(p.x, p.y - .1);
	col *= 1. - .55*smoothstep(.25, -.1, oval(p - vec2(.12, -.15), jaw*1.15));
	float mane = l - .85 - .2*rnd(k + .9)*cos(t*(5. + floor(14.*rnd(k + 1.))));
	if (rnd(k + 1.1) < .6) col = mix(col, hair*(.6 + .4*cos(22.*t))*(.4 + l*.6), S(max(mane, -p.y - .5*rnd(k + 1.2))));
	col = mix(col, skin*.8, S(oval(m - vec2(jaw.x, .0), vec2(.16, .2))));  // ears
	vec3 tone = skin*(.85 - .35*p.x + .25*p.y)*mix(.75, 1., smoothstep(.0, -.15, d));
	float paint = rnd(k + 1.3);
	if (paint < .3) tone = mix(tone, lip, step(.0, p.x)); else if (paint < .5) tone = mix(tone, lip.zxy, S(oval(m - vec2(.25, .18), vec2(.2, .34)))); else if (paint < .7) tone = mix(tone, lip, step(.5, fract(p.y*5. + m.x*3.))*step(p.y, .0));
	tone = mix(tone, lip*1.1, .6*S(length(m - vec2(.36, -.22)) - .14));  // cheeks
	col = mix(col, tone, S(d));
	float wide = mix(.1, .2, rnd(k + 1.4)), blink = max(.1, step(.12, fract(run + rnd(k))))*mix(.5, 1.2, rnd(k + 1.5));
	vec2 e = m - vec2(.27, .17), look = .4*wide*vec2(sin(6.28*run + k)*sign(p.x), cos(k));
	col = mix(col, vec3(.1), S(oval(e, vec2(wide, wide*blink) + .02)));
	col = mix(col, vec3(.98), S(oval(e, vec2(wide, wide*blink))));
	col = mix(col, hue(rnd(k + 1.6))*.7, S(max(length(e - look) - wide*.6, oval(e, vec2(wide, wide*blink)))));
	col = mix(col, vec3(.02), S(max(length(e - look) - wide*.3, oval(e, vec2(wide, wide*blink)))));
	col = mix(col, hair*.6, S(max(abs(e.y - wide*1.6 - e.x*(rnd(k + 1.7) - .5)*1.6) - .04, abs(e.x) - wide*1.3)));  // brows
	float nose = rnd(k + 1.8) < .5 ? oval(p + vec2(.0, .08), vec2(.12, .13)) : max(m.x + .35*p.y - .1, max(p.y - .15, -p.y - .2));
	col *= 1. - .3*S(nose - .03); col = mix(col, mix(skin, lip, rnd(k + 1.9))*(1. - 2.5*p.x), S(nose));
	float smile = (rnd(k + 2.) - .35)*1.5, open = mix(.03, .2, rnd(k + 2.1)*(.6 + .4*sin(12.*run)));
	vec2 q = p + vec2(.0, .43 - smile*p.x*p.x);
	float mouth = oval(q, vec2(.36, open));
	col = mix(col, lip*.6, S(mouth - .045)); col = mix(col, vec3(.2, .02, .05), S(mouth));
	col = mix(col, vec3(.97), S(max(mouth, abs(abs(q.y) - open) - .45*open))*step(.12, fract(q.x*9.)));
	if (rnd(k + 2.2) < .4) { vec3 hat = mix(hair.zxy, lip, step(.5, fract(p.y*6. + p.x*2.))); float y = p.y - .5; col = mix(col, hat*(1. - p.x), S(min(max(abs(y) - .06, m.x - .95), max(max(m.x - .55 + y*(rnd(k) - .2), -y), y - .7)))); }
	return col;
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.5), run = fract(iTime/2.5), wall = floor(4.*rnd(scene + .1));
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y, u = s*mix(1., 5., rnd(scene + .2));
	float mark = wall == .0 ? step(.5, fract(u.x + u.y)) : wall == 1. ? step(.5, fract(atan(s.y, s.x)*2.546)) : wall == 2. ? step(length(fract(u) - .5), .3) : s.y*.5 + .5;
	vec3 col = mix(hue(rnd(scene + .3)), hue(rnd(scene + .4))*.45, mark)*(1. - .3*length(s));
	for (int i = 0; i < 5; i++) {
		float k = scene*5. + float(i), size = mix(.9, .35, rnd(k + .31))*(i == 4 ? 1.3 : .8), a = .9*(rnd(k + .32) - .5) + .15*sin(6.28*run + k);
		vec2 p = s - 1.9*vec2(rnd(k + .33) - .5, rnd(k + .34) - .5);
		p = mat2(cos(a), sin(a), -sin(a), cos(a))*p/size;
		if (dot(p, p) < 2.2) col = face(col, p, k, run);
	}
	fragColor = vec4(col, 1.);
}
