//: sky gradient 3
// plain sky
vec3 $NAME(vec2 q) { return mix(ink($p), mix(ink($p), vec3(1), $r(0,.6)), smoothstep($r(-.6,0), $r(.3,1), q.y))*$r(.6,1.1); }

//: sky clouds 3
// clouds
vec3 $NAME(vec2 q) {
	vec3 c = mix(mix(ink($p), vec3(1), .4), hsv($r(.5,.7), $r(.2,.8), $r(.3,1)), smoothstep(-.2, .8, q.y));
	vec2 u = q*vec2(1, $(1.5,3))*$r(1,3) + vec2(run + scene, 0);
	float m = fbm(u), above = fbm(u + .15*sun.xy);
	return mix(c, vec3(.95)*(sunlight*.5 + .5)*mix(.6, 1.1, smoothstep(-.15, .15, m - above + .05)), smoothstep($r(.35,.55), $r(.6,.75), m));
}

//: sky dusk 2
// low sun
vec3 $NAME(vec2 q) { float d = length(q - vec2($r(-.8,.8), $r(0,.6))); vec3 c = mix(hsv($r(0,.15), $r(.4,.9), 1.), hsv($r(.55,.85), $r(.3,.8), $r(.2,.7)), smoothstep(-.3, .9, q.y)); return c + vec3(1, .8, .5)*(step(d, $r(.06,.25)) + .5*exp(-3.*d)); }

//: sky night 1
// starry night
vec3 $NAME(vec2 q) { vec2 u = q*$(12,22), f = fract(u) - .5; float h = hash2(floor(u)), d = length(q - vec2($r(-.8,.8), $r(.1,.8))); return hsv($r(.5,.8), .6, $r(.08,.3))*(1.3 - q.y) + smoothstep(.14*h, 0., length(f))*step(.6, h) + ink($p)*pow(fbm(q*2. + scene), 3.) + .9*smoothstep(.02, 0., d - $r(.08,.25)); }

//: sky hills 2
// hills
vec3 $NAME(vec2 q) {
	vec3 far = mix(ink($p), vec3(1), .5), c = mix(far, ink($p)*.8, smoothstep(0., 1., q.y));
	for (int i = ZERO; i < 4; i++) { float k = float(i), h = $r(.1,.4)*$[ridged|fbm](vec2(q.x*(.6 + .3*k) + k*9. + scene, k)) - .1*k + $r(-.1,.1); c = mix(c, mix(far, ink(.2*k + $p), .25 + .2*k)*(.75 + .5*fbm(q*vec2(6, 12) + k)), smoothstep(.01, -.01, q.y - h)); }
	return c;
}

//: sky skyline 1
// city
vec3 $NAME(vec2 q) {
	vec3 c = mix(ink($p), ink($p), smoothstep(0., 1., q.y))*$r(.4,1.1);
	for (int i = ZERO; i < 3; i++) { float k = float(i), x = q.x*(7. - 1.5*k) + 9.*k, id = floor(x), h = (.7 - .2*k)*hash(id + k*31. + scene); vec2 w = fract(vec2(x*4., q.y*(22. - 4.*k))); vec3 b = mix(c, ink(hash(id + k)), .4 + .25*k); b = mix(b, vec3(1, .9, .6), step(.3, w.x)*step(.4, w.y)*step($r(.3,.9), hash2(floor(vec2(x*4., q.y*(22. - 4.*k)))))); c = q.y < h ? b*(.6 + .5*fract(x)) : c; }
	return c;
}

//: sky studio 2
// studio backdrop
vec3 $NAME(vec2 q) { return ink($p)*mix($r(.3,.7), 1.2, exp(-$r(.5,2)*dot(q - sun.xy*.5, q - sun.xy*.5))); }

//: sky papered 2
// papered wall
vec3 $NAME(vec2 q) { return $surface(q*$(1,3), $p)*(.7 + .3*q.y + .3*dot(q, sun.xy)); }

//: sky blurred 1.5
// lights out of focus
vec3 $NAME(vec2 q) {
	vec3 c = mix(ink($p), ink($p)*.4, .5 + .5*q.y)*$r(.3,1);
	for (int i = ZERO; i < 9; i++) { float h = hash(float(i)*.37 + scene), g = hash(h*91.), r = $r(.1,.35)*(.4 + g); vec2 u = q - vec2(3.*h - 1.5, 2.4*hash(g*77.) - 1.2); c += $r(.2,.6)*ink(h)*smoothstep(r, r*$(.4,.95), length(u)); }
	return c;
}

//: stead ground 3
// open ground
vec3 $NAME(vec2 p) {
	vec3 c = $sky(vec2(atan(ray.x, ray.z), ray.y*1.6));
	if (ray.y > -.01) return c;
	depth = -eye.y/ray.y;
	vec2 at = eye.xz + ray.xz*depth;
	vec3 g = $surface(at*$(.25,.9), $p);
	return mix(g*(sunlight*max(sun.y, .25) + skylight), c, 1. - exp(-$r(.02,.09)*depth));
}

//: stead room 3
// room
vec3 $NAME(vec2 p) {
	vec3 size = vec3($r(2.2,4), $r(1.2,2.2), 4.5), mid = vec3(0, size.y, 0), far = (sign(ray)*size - eye + mid)/ray;
	depth = min(far.x, min(far.y, far.z));
	vec3 at = eye + ray*depth, n = -sign(ray)*step(far, vec3(depth));
	vec3 c = abs(n.y) > .5 ? (n.y > 0. ? $surface(at.xz*$(.3,.8), $p) : ink($p)) : $surface((abs(n.x) > .5 ? at.zy : at.xy)*$(.3,.8), $p);
	vec3 gap = size - abs(at - mid);
	float nook = smoothstep(0., .9, gap.x + abs(n.x)*9.)*smoothstep(0., .9, gap.y + abs(n.y)*9.)*smoothstep(0., .9, gap.z + abs(n.z)*9.);
	vec2 beam = at.xy + at.z*$r(-.8,.8) - vec2($r(-1,1), $r(.5,2)), pane = abs(fract(beam*$(.8,1.6)) - .5);
	float light = step(max(pane.x, pane.y), .43)*step(abs(beam.x) + abs(beam.y)*.5, $r(.7,1.6));
	return c*(skylight*1.3*(.35 + .65*nook) + sunlight*(.25*max(dot(n, sun), 0.) + .7*light*$[1.|1.|0.]));
}

//: stead stage 2
// counter
vec3 $NAME(vec2 p) {
	vec3 c = $sky(vec2(atan(ray.x, ray.z), ray.y*1.6));
	vec3 box = vec3($r(1.6,3), $r(.1,.5), $r(1.2,2.4)), o = eye + vec3(0, box.y, 0), m = 1./ray, a = -m*o, b = abs(m)*box, in0 = a - b, out0 = a + b;
	float t = max(max(in0.x, in0.y), in0.z);
	if (t > min(min(out0.x, out0.y), out0.z) || t < 0.) return c;
	depth = t;
	vec3 at = eye + ray*t, n = -sign(ray)*step(vec3(t), in0);
	return lit($surface(n.y > .5 ? at.xz*$(.3,1) : vec2(at.x + at.z, at.y)*$(.5,1), $p), n, ray, $r(0,.3), 1.);
}

//: stead lake 1
// water
vec3 $NAME(vec2 p) {
	vec3 d = ray, n = vec3(0, 1, 0);
	if (ray.y < -.01) { depth = -eye.y/ray.y; vec2 at = (eye.xz + ray.xz*depth)*$r(1,4); float w = $r(.02,.15)/(1. + .1*depth); n.xz += w*vec2(noise(at + run*2.) - .5, noise(at + 31. - run) - .5)*4.; d = reflect(ray, normalize(n)); }
	vec3 c = $sky(vec2(atan(d.x, d.z), abs(d.y)*1.6));
	return ray.y < -.01 ? mix(ink($p)*.5, c, $r(.5,.95) + .2*d.y*d.y) : c;
}

//: stead blocks 1
// street of blocks
vec3 $NAME(vec2 p) {
	vec3 c = $sky(vec2(atan(ray.x, ray.z), ray.y*1.6)), n = vec3(0, 1, 0);
	float t = .5, h = 0.;
	vec2 id = vec2(0);
	for (int i = ZERO; i < 26; i++) {
		vec3 at = eye + ray*t;
		id = floor(at.xz/$(1.6,2.6));
		h = hash2(id + scene*7.)*$r(1,3.5)*smoothstep(1.5, 4., length(at.xz - eye.xz))*smoothstep(1.6, 3., length(at.xz));
		if (at.y < h) break;
		vec2 edge = (($(1.6,2.6))*(id + step(0., ray.xz)) - at.xz)/ray.xz;
		float next = t + min(edge.x, edge.y) + .002, top = ray.y < 0. ? (h - eye.y)/ray.y : 1e3;
		if (top < next) { t = max(t, top); n = vec3(0, 1, 0); break; }
		n = edge.x < edge.y ? vec3(-sign(ray.x), 0, 0) : vec3(0, 0, -sign(ray.z));
		t = next;
	}
	if (t > 25.) return c;
	depth = t;
	vec3 at = eye + ray*t;
	vec2 u = n.y > .5 ? at.xz : vec2(at.x*abs(n.z) + at.z*abs(n.x), at.y);
	vec3 paint = h < .01 ? $surface(u*.5, $p) : ink(hash2(id) + $p)*mix(1., .45, step(.5, fract(u.x*2.))*step(.5, fract(u.y*2.))*(1. - n.y));
	return mix(lit(paint, n, ray, 0., 1.), c, 1. - exp(-.06*t));
}

//: backdrop open 3
vec3 $NAME(vec2 p) { return $sky(p*$(.8,1.3)); }

//: backdrop deep 2
vec3 $NAME(vec2 p) { return $stead(p); }

//: backdrop wall 2
// A wall in raking light.
vec3 $NAME(vec2 p) { return $surface(rot($r(-.3,.3))*p*$r(.6,2), $p)*($r(.5,.8) + .5*dot(p, sun.xy)*$r(.2,1)); }

//: backdrop desk 2
// A board tilted away.
vec3 $NAME(vec2 p) { float far = $r(.6,1.6), z = 2./(far + 1. - p.y*$r(.2,.6)); return $surface(vec2(p.x, p.y)*z*$(.6,1.6) + scene, $p)*mix(.6, 1.1, exp(-length(p - sun.xy))); }

//: backdrop landscape 3
// Land in layers under the sky.
vec3 $NAME(vec2 p) {
	vec3 c = $sky(p), air = mix(ink($p), vec3(.9), .4);
	for (int i = ZERO; i < 5; i++) {
		float k = float(i), s = mix(1.6, .6, k/5.), h = mix($r(.1,.5), -.9, k/4.5) + .35*$[fbm|ridged|fbm](vec2(p.x*s*$(1,2) + k*17. + scene + run*.1*k, k)) - .12;
		vec3 land = ink($p + .13*k)*mix(.55, 1.2, $field(p*$(1,2.5) + k))*(1. + .5*(p.y - h));
		c = mix(c, mix(air*(skylight + sunlight*.5), land*(skylight + sunlight*.6), .35 + .15*k), smoothstep(.01, -.01, p.y - h));
	}
	return c;
}

//: backdrop tunnel 1
// A tunnel.
vec3 $NAME(vec2 p) { p -= vec2($r(-.4,.4), $r(-.4,.4)); float r = pow($[pow(abs(p.x), 4.) + pow(abs(p.y), 4.)|dot(p, p)*dot(p, p)], .25); return $surface(vec2(atan(p.y, p.x)*1.2732, .7/r + run*2.), $p)*smoothstep(0., $(.6,1.2), r)*1.2; }

//: backdrop paving 2
// Crazy paving of unlike stuffs.
vec3 $NAME(vec2 p) { vec2 u = p*$r(.7,2.2) + scene; vec3 c = cells(u + .15*noise(u*3.)); vec3 s = c.z < .5 ? $surface(rot(9.*c.z)*u, c.z) : $surface(rot(7.*c.z)*u, c.z); return s*mix(.25, 1., smoothstep(0., $(.05,.2), c.y))*(.7 + .5*c.z); }

//: backdrop torn 1
// One sheet torn over another.
vec3 $NAME(vec2 p) { float e = dot(p, sun.xy)*$r(.4,1) + $r(.4,1)*(fbm(p*$(1,3) + scene) - .5); vec3 c = e > 0. ? $surface(p, $p) : $surface(p*1.4, $p)*mix(.4, 1., smoothstep(0., -.25, e)); return mix(c, vec3(.95), smoothstep(.025, .01, abs(e - .02))*$[0.|1.]); }

//: backdrop curtain 1
// Hanging folds.
vec3 $NAME(vec2 p) { float x = p.x*$r(2,5) + $(.1,.5)*sin(p.y*2. + scene) + .3*noise(p*2.), f = sin(x*3.)+.4*sin(x*7. + 1.); return $surface(vec2(x*.5, p.y)*$(.6,1.4), $p)*(.55 + .3*f + .25*cos(x*3.)*sun.x); }

//: backdrop facade 1
// A house front.
vec3 $NAME(vec2 p) {
	p.y *= 1. + $r(-.3,.3)*p.x; p = p*$r(1.2,3) + scene;
	vec2 i = floor(p), f = fract(p) - .5;
	float w = slab(f, vec2($r(.2,.36), $r(.25,.4))), bar0 = min(abs(f.x), abs(f.y - .1));
	vec3 c = $surface(p*.7, $p), glass = mix(ink(hash2(i)), vec3(.7, .85, 1), .5)*mix(.25, 1.2, smoothstep(-.4, .4, f.y + f.x*.5))*mix(.4, 1., hash2(i + 9.));
	c *= mix(.5, 1., smoothstep(0., .1, slab(f - vec2(-.05, .07)*sign(sun.x), vec2($r(.2,.36)))));
	c = mix(c, ink($p)*1.1, step(w, .05));
	return w < 0. ? (bar0 < .025 ? ink($p) : glass) : c;
}

//: backdrop relief 1
// Land from above, lit from the side.
vec3 $NAME(vec2 p) { p = p*$r(.8,2) + scene*3.; float a = fbm(p), b = fbm(p + .06*sun.xy); float sea = $r(.3,.55); vec3 c = a < sea ? ink($p)*(.5 + a) : ink($p + $(.5,2)*(a - sea))*clamp(.7 + $(4,9)*(a - b), .2, 1.4); return mix(c, vec3(.95, .9, .75), smoothstep(.02, 0., abs(a - sea))); }

//: backdrop burst 1
// Rays from a centre.
vec3 $NAME(vec2 p) { vec2 u = p - vec2($r(-1,1), $r(-1,1)); float a = atan(u.y, u.x)*$i(4,12)./6.2832 + run; return mix(ink($p), ink($p), smoothstep(-.05, .05, sin(a*6.2832)))*mix(1.2, .5, length(u)*.5); }

//: backdrop dream 1
// An endless fold of the plane.
vec3 $NAME(vec2 p) {
	vec2 q = rot(6.28*$p)*p*$r(.5,1.3) + .3*vec2($p, $p);
	float d = 9., s = 1.;
	for (int i = ZERO; i < 6; i++) { q = abs(q) - vec2($r(.2,.8), $r(.2,.8)); q *= rot($r(.2,1.4)); q *= $(1.2,1.5); s *= $(1.2,1.5); d = min(d, $[abs(q.x)|length(q) - .3|abs(q.x) + abs(q.y)]/s); }
	return $surface(q*$(.2,.6), $p)*mix(.3, 1.1, smoothstep(0., .15, abs(d)));
}

//: figures heap 7
// shaded pieces with cast shadows
vec3 $NAME(vec2 p, vec3 col) {
	vec2 drift = sun.xy*$r(.05,.2);
	vec4 hit = vec4(0), spot = vec4(0);
	float shade = 1.;
	for (int i = ZERO; i < $i(7,12); i++) {
		vec4 b = $layout.l(float(i));
		vec2 u = p - b.xy;
		if (length(u) > 1.5*b.z) continue;
		float k = hash(scene*3. + float(i)*.37);
		mat2 m = rot(b.w);
		vec2 q = m*u/b.z;
		float d = $crowd.c(q, k), s = $crowd.c(q + m*drift, k);
		if (d < 0.) { hit = vec4(q, d, k); spot = b; shade = 1.; }
		else shade *= 1. - $(.4,.75)*smoothstep($(.03,.2), -.05, s);
	}
	if (hit.z < 0.) {
		vec2 e = vec2(.03, 0), g = vec2(0);
		for (int i = ZERO; i < 2; i++) g = vec2(g.y, $crowd.c(hit.xy + (i == 0 ? e : e.yx), hit.w) - hit.z);
		float edge = clamp(-hit.z/$r(.08,.8), 0., 1.);
		g = rot(-spot.w)*g/.03*(1. - edge);
		vec3 n = normalize(vec3(g, $(.3,.6) + edge)), paint = $surface(hit.xy*$(.5,1.4), hit.w);
		col = lit(paint, n, vec3(0, 0, -1), $r(0,.6), 1.);
		$[|||col *= smoothstep(0., -.05, hit.z);|col = mix(col, vec3(1), smoothstep(-.06, -.05, hit.z));]
	}
	return col*shade;
}

//: figures flock 3
// a flock in depth
vec3 $NAME(vec2 p, vec3 col) {
	vec3 air = ink($p);
	for (int i = ZERO; i < 4; i++) {
		float z = float(i), near = z/3.;
		vec2 u = rot($r(-.5,.5) + .2*z)*p*mix($r(2.5,5), $r(.8,1.5), near) + vec2(run*$(-1,1) + z*7., z*3. + $(-.5,.5)*run), id = floor(u);
		float h = hash2(id + z*19. + scene), k = hash(h*31.);
		vec2 q = (fract(u) - .5 - .25*(vec2(h, k) - .5))*$(2.2,2.8)/mix(.6, 1., k);
		q *= rot($[0.|.5*(h - .5)|6.28*h]);
		if (h > $r(.3,.8)) continue;
		float d = $crowd(q, k);
		vec3 c = $surface(q, k)*mix(1.15, .5, smoothstep(-.5, .5, dot(q, -sun.xy)))*(skylight + sunlight*.7);
		col = mix(col, mix(air, c, .35 + .65*near), smoothstep(.05, 0., d));
	}
	return col;
}

//: figures rows 3
// rows standing on the ground
vec3 $NAME(vec2 p, vec3 col) {
	vec3 air = mix(ink($p), vec3(.8), .4);
	for (int i = ZERO; i < 4; i++) {
		float z = float(i), s = mix($r(.2,.4), $r(.5,1), z/3.), base = mix($r(0,.3), $r(-1,-.6), z/3.) + .1*sin(p.x*2. + z*5. + scene);
		float x = p.x/s + 9.*z + scene + run*.5*z, id = floor(x), k = hash(id*.37 + z*13. + scene), tall = mix(.7, $(1,1.6), hash(k*17.));
		vec2 q = vec2(fract(x) - .5 - .2*(k - .5), (p.y - base)/s)*2.2/tall; q.y -= .9;
		float d = k < $r(.5,1) ? $crowd(q, k) : 1.;
		vec3 c = $surface(q, k)*(skylight + sunlight*(.55 + .4*q.x*sun.x));
		col = mix(col, mix(air, c, .4 + .2*z), smoothstep(.04, 0., d));
		float soil = smoothstep(.01, 0., p.y - base - .02*noise(p.xx*20.));
		col = mix(col, mix(air, ink($p + .1*z)*mix(.5, 1.1, $field(p/s))*(skylight + .5*sunlight)*mix(1., .55, smoothstep(.3, 0., length(vec2(q.x, q.y + 1.)))), .4 + .2*z), soil);
	}
	return col;
}

//: figures strands 1
// crossing strands
vec3 $NAME(vec2 p, vec3 col) {
	for (int i = ZERO; i < 9; i++) {
		float k = hash(float(i)*.77 + scene), g = hash(k*51.), w = $r(.03,.16)*(.4 + g);
		vec2 u = rot($r(0,3) + $(.2,3)*(k - .5))*p; float y = u.y - 2.4*(g - .5) - $r(.05,.4)*sin(u.x*mix(1., 4., k) + 9.*g + run*2.), d = abs(y);
		col *= 1. - .5*smoothstep(w*1.8, w*.8, abs(y - .05*sun.y));
		if (d < w) { float a = y/w; col = lit($surface(vec2(u.x*$(1,3), a*.5), k), normalize(vec3(0, a, sqrt(1.01 - a*a))), vec3(0, 0, -1), .4, 1.); }
	}
	return col;
}

//: figures portrait 2
// one large piece
vec3 $NAME(vec2 p, vec3 col) {
	vec2 q = rot($r(-.5,.5) + .2*sin(run*6.))*(p - vec2($r(-.3,.3), $r(-.3,.3)))/$r(.6,1.15);
	float k = $p, d = $crowd.c(q, k);
	col *= 1. - .5*smoothstep(.2, -.1, $crowd.c(q + .15*sun.xy, k));
	if (d < 0.) {
		vec2 e = vec2(.03, 0); float edge = clamp(-d/$r(.2,.8), 0., 1.);
		vec2 g = vec2($crowd.c(q + e, k) - d, $crowd.c(q + e.yx, k) - d)/.03*(1. - edge);
		vec3 n = normalize(vec3(g, .4 + edge));
		col = lit(d < -$r(.1,.4) ? $surface(q*$(.7,1.6), k) : $surface(q*$(1,3), k + .3), n, vec3(0, 0, -1), $r(0,.7), 1.);
	}
	return col;
}

//: figures idol 2
// a creature of mirrored parts
vec3 $NAME(vec2 p, vec3 col) {
	vec2 o = rot($r(-.4,.4) + .1*sin(run*6.28))*(p - vec2($r(-.4,.4), $r(-.2,.2)))/$r(.7,1.2), m = vec2(abs(o.x), o.y), hit = o;
	float best = 1., who = 0., shade = 1.;
	for (int i = ZERO; i < $i(6,9); i++) {
		float k = hash(scene*3. + float(i)*.37), g = hash(k*57.), near = i < 2 ? 0. : 1., s = mix(.75, $r(.15,.4), near)*mix(.6, 1., g);
		vec2 at = near*vec2(hash(g*31.)*.7, 1.5*k - .75), q = rot(near*3.*(g - .5))*(m - at)/s;
		float d = $crowd.c(q, k)*s;
		shade *= 1. - .5*smoothstep(.1, -.02, d + .05*dot(normalize(q + .01), sun.xy))*step(0., d);
		if (d < 0.) { best = d; who = k; hit = q; shade = 1.; }
	}
	if (best < 0.) { float edge = clamp(-best*$(4,14), 0., 1.); col = lit($surface(hit*$(.6,1.4), who), normalize(vec3(hit*(1.2 - edge), .5 + edge)), vec3(0, 0, -1), $r(0,.6), 1.); }
	return col*shade;
}

//: figures signs 1
// a wall of emblems
vec3 $NAME(vec2 p, vec3 col) {
	vec2 u = rot($r(-.4,.4))*p*$r(1,2.6) + scene; u.x += $[0.|.5]*floor(u.y) + run*.3;
	vec2 id = floor(u), q = (fract(u) - .5)*2.; float h = hash2(id), k = hash(h*77.);
	float plate = slab(q, vec2($(.7,.92))) - $(0,.1), d = max($crowd(q*$(1.2,1.6)*rot($[0.|1.57*floor(h*4.)]), k), plate);
	vec3 c = mix(ink(h)*(.8 + .3*dot(q, sun.xy)), $surface(q, k), smoothstep(.04, 0., d))*mix(1., .6, smoothstep(-.1, 0., plate));
	return mix(col*mix(.5, 1., smoothstep(0., .25, plate)), c*(skylight + .7*sunlight), step(plate, 0.)*step(h, $r(.6,1.2)));
}

//: figures bush 1
// branches
vec3 $NAME(vec2 p, vec3 col) {
	vec2 q = (p - vec2($r(-.5,.5), -1.))*$r(.7,1.2); float d = 9., s = 1., leaf = 9.;
	for (int i = ZERO; i < 7; i++) { d = min(d, (slab(q - vec2(0, .25), vec2(.035, .27)))/s); leaf = min(leaf, (length(q - vec2(0, .5)) - $r(.1,.22))/s*step(2.5, float(i)) + step(float(i), 2.5)); q.y -= .48; q.x = abs(q.x + $r(-.03,.03)); q *= rot($r(.3,.8) + .05*sin(run*6.28)); q *= $(1.25,1.45); s *= $(1.25,1.45); }
	col = mix(col, ink($p)*.4*(skylight + .5*sunlight), smoothstep(.01, 0., d));
	return mix(col, ink($p + .2*noise(p*9.))*(skylight + sunlight*noise(p*15.)), smoothstep(.01, 0., leaf)*step(.3, $p));
}

//: figures balls 2
// glossy balls
vec3 $NAME(vec2 p, vec3 col) {
	vec4 best = vec4(0, 0, 0, -1); float k0 = 0., shade = 1.;
	for (int i = ZERO; i < 14; i++) {
		vec4 b = $layout(float(i)); vec2 u = (p - b.xy)/b.z*1.2; float h = 1. - dot(u, u);
		shade *= 1. - .5*smoothstep(-.5, .6, 1. - dot(u + .5*sun.xy, u + .5*sun.xy))*step(h, 0.);
		if (h > 0.) { best = vec4(u, sqrt(h), 1.); k0 = hash(float(i)*.77 + scene); shade = 1.; }
	}
	if (best.w > 0.) { vec2 at = rot(k0*6.)*vec2(asin(best.x/sqrt(1.001 - best.y*best.y)), asin(best.y)); col = lit($surface(at*$(.7,1.4), k0), best.xyz, vec3(0, 0, -1), $r(.1,.9), 1.) + .25*pow(1. - best.z, 3.)*skylight; }
	return col*shade;
}

//: things solids 8
// solids with cast shadows
vec3 $NAME(vec2 p, vec3 col) {
	vec3 o = eye, d = ray, at = vec3(0), n = vec3(0, 1, 0);
	float shadow = 1., far = depth, found = -1., steep = 0.;
	for (int pass = ZERO; pass < 2; pass++) {      // first the eye's ray, then the sun's
		for (int i = ZERO; i < $i(4,7); i++) {
			vec4 b = $station(float(i));
			float k = hash(scene*3. + float(i)*.37), c = cos(6.28*k), s = sin(6.28*k), turn = $[0.|1.|1.];
			mat2 m = turn > 0. ? mat2(c, s, -s, c) : mat2(1);
			vec3 a = (o - b.xyz)/b.w, v = d; a.xz *= m; v.xz *= m;
			float mid = -dot(a, v), gap = 1.9 - dot(a, a) + mid*mid;
			if (gap < 0. || mid < -1.) continue;
			float t = max(mid - sqrt(gap), .0), end = min(mid + sqrt(gap), far/b.w);
			for (int j = ZERO; j < (pass == 0 ? 20 : 8); j++) {
				if (t > end) break;
				float q = $cast.c(a + v*t, k);
				if (q < .012) {
					if (pass == 1) { shadow = 0.; break; }
					far = t*b.w; found = k; at = a + v*t;
					for (int e = ZERO; e < 3; e++) { vec3 w = vec3(0); w[e] = .02; n[e] = $cast.c(at + w, k) - q; }
					n = normalize(n); steep = n.y; n.xz = m*n.xz;
					break;
				}
				t += max(q, pass == 0 ? .01 : .08);
				if (pass == 1) shadow = min(shadow, .5 + 4.*q);
			}
		}
		if (pass == 0) {
			if (far > 90.) return col;
			o = eye + ray*far + n*.03; d = sun; far = 9.;
		}
	}
	if (found < 0.) return col*mix($(.35,.6), 1., shadow);
	vec2 u = abs(steep) > .75 ? at.xz : vec2($[atan(at.x, at.z)*1.2|at.x + at.z], at.y);
	vec3 c = lit($surface(u*$(.5,1.3), found), n, ray, $r(0,.7), shadow);
	return c*mix(.65, 1., clamp(.5*(at.y + 1.3), 0., 1.));
}

//: lattice endless 2
// an endless lattice of solids
vec3 $NAME(vec2 p) {
	vec3 o = vec3($r(-1,1), $r(-.4,.4), run*2. + scene*4.), fog = ink($p), q = o, id = vec3(0); float t = .2, d = 1., k = 0., cell = $(2.6,3.6);
	mat2 m = rot($r(-.6,.6)), w = rot($r(-.5,.5)); vec3 r = ray; r.xy *= w; r.yz *= m;
	for (int i = ZERO; i < 34; i++) {
		vec3 a = o + r*t; $[a.y = abs(a.y + 1.) - 1.4;|] id = floor(a/cell); q = a - (id + .5)*cell; k = hash(dot(id, vec3(1.3, 7.1, 3.7)) + scene);
		q.xz *= rot(6.28*k); d = k < $(.5,.9) ? $cast.c(q, k) : .7; d = min(d, .8); if (d < .01 || t > 20.) break; t += d;
	}
	vec3 sky0 = mix(fog, ink($p), .5 + .5*p.y); if (t > 20. || d > .1) return sky0;
	vec3 n = vec3(0); for (int e = ZERO; e < 3; e++) { vec3 v = vec3(0); v[e] = .02; n[e] = $cast.c(q + v, k) - d; }
	n = normalize(n); vec2 u = abs(n.y) > .7 ? q.xz : vec2(q.x + q.z, q.y);
	n.xz = rot(6.28*k)*n.xz;
	return mix(sky0, lit($surface(u*$(.5,1.2), k), n, r, $r(0,.6), 1.), exp(-$r(.05,.2)*t));
}

//: lattice terrain 2
// hills marched under the sky
vec3 $NAME(vec2 p) {
	ray = normalize(ray - vec3(0, $r(.1,.5), 0));
	vec3 c = $sky(vec2(atan(ray.x, ray.z), ray.y*1.6)), o = vec3(scene*7., $r(.9,1.8), run*2.); float t = .3, h = 0.;
	for (int i = ZERO; i < 28; i++) { vec3 a = o + ray*t; h = a.y - $r(.8,1.7)*$[fbm|ridged](a.xz*$(.25,.5)); if (h < .01*t || t > 18.) break; t += .55*h + .01*t; }
	if (h > .1 + .02*t) return c;
	vec3 a = o + ray*t, n; vec2 e = vec2(.03 + .01*t, 0);
	for (int i = ZERO; i < 3; i++) n[i] = $r(.8,1.7)*noise(a.xz*$(1,2) + (i == 0 ? e : i == 1 ? e.yx : e.yy));
	n = normalize(vec3(n.z - n.x, e.x*2., n.z - n.y));
	return mix(lit(mix($surface(a.xz*.6, $p), ink($p), smoothstep(.4, .8, n.y*a.y)), n, ray, 0., 1.), c, 1. - exp(-$r(.05,.15)*t));
}

//: lattice shrine 2
// space folded into a building
vec3 $NAME(vec2 p) {
	vec3 o = vec3($r(-.5,.5), $r(-.4,.6), -$r(2.4,3.4)), r = ray, bg = mix(ink($p), ink($p)*.5, .5 + .5*p.y), a = o; float t = 0., d = 1., trap = 9., s = 1.;
	mat2 m = rot(6.28*$p + run*.3); o.xz *= m; r.xz *= m;
	vec3 n = vec3(0);
	for (int i = ZERO; i < 30; i++) {
		a = o + r*t; s = 1.; trap = 9.;
		for (int j = ZERO; j < 5; j++) { a = abs(a) - vec3($r(.3,.8), $r(.3,.9), $r(.3,.8)); a.$[xy|yz|xz] *= rot($r(-.8,.8)); a *= $(1.3,1.6); s *= $(1.3,1.6); trap = min(trap, dot(a, a)); }
		vec3 b = abs(a) - $(.5,.9); n = b; d = (max(b.x, max(b.y, b.z))$[| - .1])/s; if (d < .006 || t > 6.) break; t += d*.9;
	}
	if (t > 6.) return bg;
	vec3 side = step(n.yzx, n)*step(n.zxy, n);
	return mix(bg, ink(.3*sqrt(trap) + $p)*(.4 + .6*dot(side, vec3(.9, .6, .3)))*mix(.6, 1.1, $field(a.xy + a.z))*(skylight + sunlight*.8), exp(-.15*t*t*.5));
}

//: stead alcove 2
// two walls and a floor
vec3 $NAME(vec2 p) {
	float back = $r(1.2,2.2), side = $r(-2.6,-1.4), turn = $r(-.7,.7);
	vec3 o = eye, d = ray; o.xz *= rot(atan(eye.x, -eye.z) + turn); d.xz *= rot(atan(eye.x, -eye.z) + turn);
	vec3 t = vec3((side - o.x)/d.x, -o.y/d.y, (back - o.z)/d.z); t += 99.*step(t, vec3(0));
	depth = min(t.x, min(t.y, t.z));
	vec3 a = o + d*depth, n = step(t, vec3(depth));
	vec3 c = n.y > .5 ? $surface(a.xz*$(.4,1), $p) : $surface((n.x > .5 ? a.zy : a.xy)*$(.4,1), $p)*(n.x > .5 ? .7 : 1.);
	if (n.y < .5) c = mix(c, ink($p)*.9, step(a.y, $r(0,.5)))*mix(1., .6, smoothstep(.03, 0., abs(a.y - $r(0,.5))));
	float nook = smoothstep(0., 1., a.y + n.y)*smoothstep(0., 1., back - a.z + n.z)*smoothstep(0., 1., a.x - side + n.x);
	return c*(skylight*(.4 + .6*nook) + sunlight*(.35 + .4*exp(-.4*dot(a.xy - sun.xy, a.xy - sun.xy))));
}

//: backdrop shelves 1.5
// Shelves with things on them.
vec3 $NAME(vec2 p) {
	vec2 u = p*vec2($r(.8,1.6), $r(1,1.8)) + scene; u.x += .5*hash(floor(u.y) + scene)*floor(u.y);
	vec2 id = floor(u), f = fract(u); float k = hash2(id + scene), x = f.x*floor(1. + 4.*k), kk = hash(floor(x) + 9.*k + id.y);
	vec2 q = (vec2(fract(x) - .5, f.y*1.1 - .1)*vec2(1., 1.)*2.3/mix(.8, 1.2, kk) - vec2(0, .95));
	vec3 c = $surface(u, $p)*mix(.35, .8, f.y);
	float d = $crowd.c(q, kk);
	c *= 1. - .5*smoothstep(.15, -.1, $crowd.c(q + .2*sun.xy, kk));
	if (d < 0.) c = $surface(q, kk)*(skylight + sunlight*clamp(.6 + .6*dot(q, sun.xy), .2, 1.2))*smoothstep(0., -.08, d);
	return mix(c, ink($p)*(1. + f.y*4.), step(f.y, .09));
}

//: backdrop strata 1
// Bent layers of unlike stuffs.
vec3 $NAME(vec2 p) { vec2 u = rot(6.28*$p)*p; float y = u.y*$r(1,3) + $r(.2,1)*fbm(u*$(.5,1.5) + scene) + .2*sin(u.x*3. + scene), k = hash(floor(y) + scene), f = fract(y); return (k < .5 ? $surface(vec2(u.x, y)*.8, k) : $surface(vec2(u.x, y)*.8, k))*mix(.45, 1.1, smoothstep(0., .35, f))*(.7 + .5*k); }

//: figures fringe 1
// overlapping scales
vec3 $NAME(vec2 p, vec3 col) {
	vec2 u = rot($r(-.5,.5))*p*$r(1.2,3.5) + scene; float top = 0.;
	for (int i = ZERO; i < 3; i++) {
		float row = floor(u.y) + 1. - float(i), x = u.x + .5*mod(row, 2.), id = floor(x), h = hash2(vec2(id, row) + scene);
		vec2 q = vec2(fract(x) - .5, u.y - row - .1)*vec2(1.5, .9) + .15*(h - .5); float d = $crowd(q, h);
		if (h < $r(.6,1.1)) { col *= 1. - .5*smoothstep(.15, -.1, d - .08); if (d < 0.) col = $surface(q, h)*(skylight + sunlight*clamp(.5 - .6*q.y + d, .1, 1.1)); }
	}
	return col;
}

//: figures scroll 1
// lines of marks
vec3 $NAME(vec2 p, vec3 col) {
	vec2 u = rot($r(-.3,.3))*p*$r(2,5) + scene, id = floor(u), q = (fract(u) - .5)*2.3; float h = hash2(id + scene), d = $crowd(q, h);
	vec2 margin = abs(p) - vec2($r(.6,1.2), $r(.5,1.2)); if (max(margin.x, margin.y) > 0.) return col;
	col = mix(col, ink($p), $r(0,1));
	return mix(col, ink(.3*h + $p)*.8, smoothstep(.06, 0., d)*step(h, $r(.5,1)));
}
