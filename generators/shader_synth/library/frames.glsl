//: veil none 14
vec3 $NAME(vec2 p, vec3 col) { return col; }

//: veil fence .7
// behind bars
vec3 $NAME(vec2 p, vec3 col) { vec2 u = rot($r(-.2,.2))*p*$r(1,2.5) + scene; float d = min(abs(fract(u.x) - .5), $[1.|abs(fract(u.y) - .5)]) - $(.04,.1); return mix(col*mix(.6, 1., smoothstep(0., .1, d)), ink($p)*(.5 - 4.*d), step(d, 0.)); }

//: veil sprays 1
// behind leaves
vec3 $NAME(vec2 p, vec3 col) {
	for (int i = ZERO; i < 5; i++) { float h = hash(float(i)*.37 + scene), g = hash(h*91.); vec2 c = vec2(2.4*h - 1.2, sign(g - .5)*$r(.8,1.2)), q = rot(6.28*g + .2*sin(run*6.28))*(p - c)/$r(.4,.8); col = mix(col, ink(h)*(.3 + .4*q.y)*skylight, smoothstep($(.02,.3), 0., $shape(q, h))); }
	return col;
}

//: veil window 1
// through a frame
vec3 $NAME(vec2 p, vec3 col) { vec2 q = rot($r(-.1,.1))*p; float d = $[max(abs(q.x), abs(q.y))|length(q)*.9|max(abs(q.x), abs(q.y)*1.2)] - $r(.75,.95), m = min(d + .0, $[1.|1.|min(abs(q.x), abs(q.y)) - .04]); d = m < 1. && m < .04 && m > -.04 ? max(d, -m) : d; return d > 0. ? $surface(p, $p)*(.5 + .5*smoothstep(0., .1, d)) : col*mix(.6, 1., smoothstep(0., -.15, d)); }

//: veil rain .6
// in rain or snow
vec3 $NAME(vec2 p, vec3 col) { for (int i = ZERO; i < 3; i++) { vec2 u = rot($r(-.4,.4))*p*(3. + 2.*float(i)) + vec2(0, run*4. + float(i)*9.); u.y *= $[.3|1.]; vec2 f = fract(u) - .5; float h = hash2(floor(u) + scene); col = mix(col, vec3(.9, .95, 1), .6*step(.5, h)*smoothstep(.12, .05, length(f*vec2($[3.|1.], 1) + .4*(h - .7)))); } return col; }

//: veil beams .5
// in shafts of light
vec3 $NAME(vec2 p, vec3 col) { vec2 u = p - vec2($r(-1,1), 1.4); float a = atan(u.x, -u.y)*$(4,9); return col*$r(.6,1) + sunlight*$r(.15,.4)*smoothstep(.45, .75, noise(vec2(a + scene, run)))*smoothstep(2.6, .5, length(u)); }

//: veil fog .6
// in mist
vec3 $NAME(vec2 p, vec3 col) { return mix(col, mix(ink($p), vec3(.9), .4), $r(.2,.7)*smoothstep(.3, .8, fbm(p*$(.7,1.6) + scene + run))*smoothstep(1., -1., p.y)); }

//: veil dappled 1
// in dappled shade
vec3 $NAME(vec2 p, vec3 col) { return col*mix($r(.3,.6), 1.15, smoothstep(.42, .58, fbm(p*$(1,2.5) + scene + .2*run))); }

//: veil caption .4
// captioned
vec3 $NAME(vec2 p, vec3 col) { vec2 q = p - vec2(0, $r(-.8,.8)); float b = slab(q, vec2($r(.5,1.2), $r(.12,.3))); vec2 u = q*vec2(9, 6), f = fract(u); float w = step(.35, hash2(floor(u) + scene))*step(.4, hash2(floor(u*vec2(4, 5)) + scene))*step(.2, f.y); return b < 0. ? mix(ink($p), ink($p)*.3, w*step(b, -.05)) : col; }

//: view plain 8
vec2 $NAME(vec2 p) { return rot($r(-.25,.25))*p*$r(.7,1.25) + vec2($r(-.2,.2), $r(-.1,.1)); }

//: view turned 1
vec2 $NAME(vec2 p) { return rot(6.28*$p)*p*$r(.6,1.3); }

//: view kaleidoscope .6
// in a kaleidoscope
vec2 $NAME(vec2 p) { p += vec2($r(-.5,.5), $r(-.5,.5)); float n = 6.2832/floor(3. + 5.*$p), a = atan(p.y, p.x); a = abs(mod(a, n) - .5*n) + 6.28*$p; return length(p)*vec2(cos(a), sin(a)) - .3; }

//: view lens .6
// through a lens
vec2 $NAME(vec2 p) { vec2 c = vec2($r(-.4,.4), $r(-.4,.4)), u = p - c; float r = length(u)/$r(.5,.9); return r < 1. ? c + u*mix($r(.3,.6), 1., r*r*r) : p; }

//: view glass .6
// through uneven glass
vec2 $NAME(vec2 p) { return p + $r(.03,.15)*(vec2(noise(p*$(2,5) + scene), noise(p*$(2,5) + 51. + scene)) - .5)*2.; }

//: view tiles .5
// in mirror tiles
vec2 $NAME(vec2 p) { p *= $r(.8,1.6); p += vec2($p, $p); return abs(mod(p, 4.) - 2.) - 1.; }

//: view warped .6
// through a warp
vec2 $NAME(vec2 p) { return $warp(rot(6.28*$p)*p*$r(.6,1.1)); }

//: scene layered 7
vec3 $NAME(vec2 p) { return $figures(p, $backdrop(p)); }

//: scene crowded 3
vec3 $NAME(vec2 p) { return $figures(p, $figures(p, $backdrop(p))); }

//: scene spatial 9
vec3 $NAME(vec2 p) { return $things(p, $stead(p)); }

//: scene fronted 2
vec3 $NAME(vec2 p) { return $figures(p, $things(p, $stead(p))); }

//: scene march 4
vec3 $NAME(vec2 p) { return $lattice(p); }

//: scene bare 2
// one stuff
vec3 $NAME(vec2 p) { return $surface(rot(6.28*$p)*p*$r(.6,1.6) + scene*.7, $p)*($r(.8,1.1) + $r(.2,.6)*dot(p, sun.xy)); }

//: main picture 1
void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	vec2 p = (2.*fragCoord - iResolution.xy)/iResolution.y;
	float clock = iTime/$(1.6,3) + $i(1,99).;
	scene = floor(clock);
	run = clock - scene;
	$[||||||||||{ float cut = $r(-.4,.4); scene += 37.*step(cut, p.x); p.x = p.x < cut ? p.x + .5 : p.x - .5; }|{ vec2 cut = vec2($r(-.3,.3), $r(-.3,.3)), part = step(cut, p); scene += 37.*part.x + 53.*part.y; p = (p - part + .5)*1.6; }]
	vec2 q = $view(p);
	sun = normalize(vec3($r(-1,1), $r(.25,1), $r(.5,1.2)));
	sunlight = mix(hsv($p, $r(0,.35), 1.), vec3(1, .94, .84), .6)*$r(1,1.7);
	skylight = mix(hsv($p, $r(0,.35), 1.), vec3(.85, .92, 1), .6)*$r(.35,.85);
	float yaw = 6.28*$p + .3*run, away = $r(2.2,4.6);
	eye = vec3(away*sin(yaw), $r(.4,2.8), -away*cos(yaw));
	vec3 ahead = normalize(vec3(0, $r(.3,.9), 0) - eye), right = normalize(vec3(ahead.z, 0, -ahead.x));
	ray = normalize(q.x*right + q.y*cross(ahead, right) + $r(1.1,2.1)*ahead);
	depth = 99.;
	vec3 col = $scene(q);
	col = $veil(p, col);
	col = mix(vec3(dot(col, vec3(.3, .6, .1))), col, $r(.8,1.7));
	col = pow(clamp(col, 0., 1.), vec3($r(.6,.95)));
	fragColor = vec4(col*(1. - $r(0,.25)*dot(p, p)*.5), 1);
}
