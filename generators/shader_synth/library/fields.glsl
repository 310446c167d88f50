//: palette cosine 2
// Inks on a cosine wheel.
vec3 ink(float x) { return ($r(.45,.6) + $r(.15,.45)*cos(6.2832*($(.5,1.5)*x + $p + vec3(0, $r(.05,.4), $r(.1,.7)))))*mix(.65, 1.15, hash(floor(x*5.) + scene)); }

//: palette swatches 4
// Four swatches a scene, run into each other.
vec3 swatch(float i) { float s = $p; return hsv($p + $r(.1,1)*hash(i + scene), mix(.1, 1., s*hash(i*3. + scene)), mix(.15, 1.05, hash(i*7. + scene))); }
vec3 ink(float x) { x *= 4.; return mix(swatch(mod(floor(x), 4.)), swatch(mod(floor(x) + 1., 4.)), smoothstep($(0,.4), 1., fract(x))); }

//: palette earth 3
// Earth, leaf, sand and sky.
vec3 ink(float x) {
	x = fract(x)*4.;
	vec3 soil = vec3(.34, .22, .13), leaf = vec3(.28, .42, .14), sand = vec3(.85, .73, .52), air = vec3(.48, .66, .82);
	vec3 c = x < 1. ? mix(soil, leaf, x) : x < 2. ? mix(leaf, sand, x - 1.) : x < 3. ? mix(sand, air, x - 2.) : mix(air, soil, x - 3.);
	return mix(c, hsv($p, .6, .8), $r(.05,.45))*mix(.6, 1.15, $p);
}

//: palette two-inks .6
// Two inks from dark to light, with a rare accent.
vec3 ink(float x) {
	x = fract(x);
	vec3 c = mix(hsv($p, $r(.3,.9), $r(.05,.4)), hsv($p, $r(0,.6), $r(.7,1)), 1. - abs(2.*x - 1.));
	return mix(c, hsv($p, .9, .95), smoothstep(.12, .1, abs(x - $(.2,.8))));
}

//: palette kin 1
// Neighbouring hues of unlike saturation and value.
vec3 ink(float x) { float a = hash(floor(x*6.) + scene), b = fract(x*6.); return hsv($p + $r(.15,.7)*(a + .2*b - .5), mix($r(0,.4), $r(.5,1), hash(a*9.)), mix($r(.2,.5), $r(.8,1.1), hash(a*31.)))*(.85 + .3*b); }

//: palette paintbox 4
// A paintbox: every hue, with greys, browns and white among them.
vec3 ink(float x) { x *= $(4,9); float a = hash(floor(x) + scene*7.), b = hash(a*51. + .3), c = hash(a*97. + .7); return hsv(a + .1*fract(x), c*mix(.2, 1., step($r(.2,.6), b))*$r(.5,1), mix(.2, 1., pow(b, $r(.4,1.2))))*(.85 + .3*fract(x)); }

//: palette sunlit 2
// A warm and a cool range, as in sun and shade.
vec3 ink(float x) { x *= $(3,8); float a = hash(floor(x) + scene*7.), w = step($r(.3,.7), hash(a*31.)); return mix(vec3(.95, .75, .45), vec3(.3, .45, .6), w)*mix(hsv($p + .35*a, $r(.1,.7), 1.3), vec3(1), .3)*mix(.3, 1.1, hash(a*11.))*(.85 + .3*fract(x)); }

//: palette clash 2
// Complementary hues, muted or loud.
vec3 ink(float x) { float a = hash(floor(x*7.) + scene*3.); return hsv($p + .5*step($r(.4,.8), a) + .12*a, $r(.25,.95)*mix(.5, 1., hash(a*5.)), mix(.18, 1.05, hash(a*13.)))*(.8 + .4*fract(x*7.)); }

//: field noisy 1
// Soft blotches.
float $NAME(vec2 p) { return smoothstep(.15, .85, noise(p*$(1.5,4))); }

//: field clouded 2
// Clouded: four octaves of noise.
float $NAME(vec2 p) { return smoothstep(.2, .8, fbm(p*$(1,4) + $(0,9))); }

//: field veined 1
// Veins: thin crests of noise.
float $NAME(vec2 p) { return pow(ridged(p*$(.7,2.5)), $(1,2.5)); }

//: field stripes 2
// Stripes of unequal width.
float $NAME(vec2 p) { float x = (p.x*$(-1,1) + p.y)*$(1.5,7); return smoothstep(-.1, .1, sin(6.2832*x)+$(-.6,.6)+$(0,.5)*sin(2.1*x)); }

//: field bands 1
// Bands: every row its own tone.
float $NAME(vec2 p) { float y = p.y*$(2,7) + $(0,.6)*noise(p*$(1,4)); return mix(hash(floor(y) + $i(1,99).), hash(floor(y) + 1. + $i(1,99).), smoothstep(.8, 1., fract(y))); }

//: field checks 1
// Checks.
float $NAME(vec2 p) { p = p*$(1.5,5) + vec2(0, $(0,.5)*floor(p.x*$(1.5,5))); return mod(floor(p.x) + floor(p.y), 2.); }

//: field dots 2
// Dots of many sizes.
float $NAME(vec2 p) { p *= $(2,6); vec2 i = floor(p), f = p - i - .5; float h = hash2(i); f += .3*(vec2(h, hash(h*77.)) - .5); return smoothstep(.04, -.04, length(f) - mix(.08, .4, h*h*$(.5,1.3))); }

//: field rings 1
// Rings about scattered centres.
float $NAME(vec2 p) { vec3 c = cells(p*$(.6,1.6)); return .5 + .5*sin(c.x*$(12,40) + 6.*c.z); }

//: field scales 1
// Overlapping scales.
float $NAME(vec2 p) { p *= $(2,6); p.x += .5*mod(floor(p.y), 2.); vec2 f = fract(p) - vec2(.5, 0); return clamp(length(f*vec2(1.1, .9)) + $(-.2,.2)*hash2(floor(p)), 0., 1.); }

//: field bricks 1
// Bricks, each its own tone, in pale mortar.
float $NAME(vec2 p) { p *= vec2(1, $(1.6,3))*$(1.5,4); p.x += .5*mod(floor(p.y), 2.); vec2 f = fract(p), g = min(f, 1. - f); return mix(1., .2 + .6*hash2(floor(p)), smoothstep(.02, .08, min(g.x*2., g.y))); }

//: field plates 2
// Cracked plates.
float $NAME(vec2 p) { vec3 c = cells(p*$(1,4)); return smoothstep(0., $(.06,.3), c.y)*mix(1., .4 + .6*c.z, $(0,1)); }

//: field blobs 1
// Bubbles, dark between.
float $NAME(vec2 p) { return 1. - clamp(cells(p*$(1.2,4)).x*$(1,1.5), 0., 1.); }

//: field waves 1
// A sum of crossing waves.
float $NAME(vec2 p) { p *= $(2,6); return .5 + .25*(sin(p.x + $(.4,2)*sin(p.y*$(.5,1.5))) + sin(dot(p, vec2($(-1.5,1.5), $(.4,1.5))) + 2.)); }

//: field grain 2
// Grain: noise stretched along one direction.
float $NAME(vec2 p) { p.x += $(0,.3)*noise(p*2.); return fbm(p*vec2($(.4,1.2), $(6,14))); }

//: field timber 1
// Timber: rings cut askew.
float $NAME(vec2 p) { float r = length(p*vec2($(.1,.4), 1.) + $(.2,2)) + .15*noise(p*$(1,3)); return .6*fract(r*$(3,9)) + .4*noise(p*vec2(3, 40)); }

//: field weave 1
// Over and under: a weave.
float $NAME(vec2 p) { p *= $(3,8); vec2 f = fract(p) - .5; float over = mod(floor(p.x) + floor(p.y), 2.); f = over > .5 ? f : f.yx; return (1. - 3.*f.y*f.y)*(.6 + .4*cos(3.1*f.x)); }

//: field petals 1
// Petals about grid points.
float $NAME(vec2 p) { p *= $(1,3); vec2 f = fract(p) - .5; float a = atan(f.y, f.x), h = hash2(floor(p)); return smoothstep(.05, -.05, length(f) - .16 - .2*h*abs(cos(a*$i(2,5). + 6.*h))); }

//: field zigzag 1
// Zigzag rows.
float $NAME(vec2 p) { p *= $(1,4); return smoothstep(.3, .4, abs(fract(p.y + $(.2,.6)*abs(fract(p.x) - .5)) - .5)*1.8); }

//: field truchet 1
// Truchet arcs.
float $NAME(vec2 p) { p *= $(1.5,4); vec2 f = fract(p); if (hash2(floor(p)) < .5) f.x = 1. - f.x; float d = min(length(f), length(f - 1.)); return smoothstep(.05, -.05, abs(d - .5) - $(.08,.25)); }

//: field maze 1
// A maze of diagonals.
float $NAME(vec2 p) { p *= $(2,6); vec2 f = fract(p); if (hash2(floor(p)) < .5) f.x = 1. - f.x; return smoothstep(.05, -.05, abs(f.x - f.y) - $(.1,.3)); }

//: field hexagons 1
// Hexagons.
float $NAME(vec2 p) { p *= $(1.5,4); vec2 s = vec2(1, 1.732), a = mod(p, s) - .5*s, b = mod(p + .5*s, s) - .5*s, g = dot(a, a) < dot(b, b) ? a : b; vec2 h = abs(g); return smoothstep(.5, .4, max(dot(h, .5*s), h.x))*mix(1., hash2(floor((p - g)*4. + .5)), $(.2,1)); }

//: field spots 1
// Rosettes like a coat's.
float $NAME(vec2 p) { vec3 c = cells(p*$(1.5,4) + .4*noise(p*3.)); float r = .2 + .25*c.z; return smoothstep(.06, -.02, abs(c.x - r) - .07*c.z); }

//: field coat 1
// Stripes of a tiger.
float $NAME(vec2 p) { float n = fbm(p*$(1,2)); return smoothstep(-.2, .2, sin(p.y*$(6,14) + n*$(4,10)) - .5*sin(p.x*3.)); }

//: field marks 1
// Marks like writing.
float $NAME(vec2 p) { p *= $(1.5,4); vec2 row = vec2(p.x*2., p.y*2.), i = floor(row), f = fract(row); float word = step(.2, hash2(vec2(floor(i.x/$i(3,7).), i.y))), h = hash2(i); vec2 c = floor(f*vec2(4, 5)); return word*step(.45, hash2(c + i*7.))*step(.15, f.y)*step(f.y, .85)*step(f.x, .8)*step(.1, h); }

//: field folds 1
// Folds: an iterated fold of the plane.
float $NAME(vec2 p) {
	float d = 1.;
	for (int i = ZERO; i < 5; i++) { p = abs(p*$(1.2,1.6)) - $(.4,.9); p *= rot($(0,3)); d = min(d, $[abs(p.x)|length(p)|abs(p.x*p.y)|abs(length(p) - .5)]); }
	return exp(-$(2,7)*d);
}

//: field julia 1
// Orbit traps of a Julia set.
float $NAME(vec2 p) {
	float d = 2.;
	vec2 c = vec2($(-.9,.4), $(-.7,.7));
	for (int i = ZERO; i < 9; i++) { p = vec2(p.x*p.x - p.y*p.y, 2.*p.x*p.y) + c; d = min(d, $[abs(p.x)|length(p - .3)|abs(length(p) - .7)]); if (dot(p, p) > 16.) break; }
	return clamp(sqrt(d), 0., 1.);
}

//: field inverted 1
// Inversions in repeated circles.
float $NAME(vec2 p) {
	float s = 1.;
	for (int i = ZERO; i < 5; i++) { p = mod(p + 1., 2.) - 1.; float k = $(1.05,1.5)/max(dot(p, p), .05); p *= k; s *= k; }
	return clamp(.25*log(1. + $[abs(p.y)|length(p)]*30./s), 0., 1.);
}

//: field ripples 1
// Ripples from a few sources.
float $NAME(vec2 p) { float w = 0.; for (int i = ZERO; i < 3; i++) { vec2 c = 3.*vec2(hash(float(i) + $(0,9)), hash(float(i) + $(9,19))) - 1.5; w += sin(length(p - c)*$(8,20) - 3.*run); } return .5 + .17*w; }

//: field warped 3
// Seen through a warp.
float $NAME(vec2 p) { return $field($warp(p)); }

//: field masked 1
// One pattern masks another.
float $NAME(vec2 p) { float a = $field(p); return mix(a, $field(p*$(.6,2)), smoothstep(.4, .6, noise(p*$(.6,1.5) + 9.)))$[||*mix(.6, 1., a)]; }

//: field overprint 1
// Two patterns overprinted.
float $NAME(vec2 p) { float a = $field(p), b = $field(p*$(.4,2)); return $[abs(a - b)|max(a, b)|min(a, b)|a*b|a*.5 + b*.5]; }

//: warp turned 1
vec2 $NAME(vec2 p) { return rot($(0,3))*p*vec2(1, $(.5,2)); }

//: warp swirled 1
vec2 $NAME(vec2 p) { return rot($(1,4)*exp(-dot(p, p)*$(.4,1.2)))*p; }

//: warp waved 2
vec2 $NAME(vec2 p) { return p + $(.05,.3)*sin(p.yx*$(2,6) + vec2(0, $(0,3))); }

//: warp smeared 2
vec2 $NAME(vec2 p) { return p + $(.2,.9)*(vec2(noise(p*$(.8,2.5)), noise(p*$(.8,2.5) + 31.)) - .5); }

//: warp polar 1
vec2 $NAME(vec2 p) { return vec2(atan(p.y, p.x)*$i(2,6)./6.2832*2., length(p)*$(1,2)); }

//: warp whirlpool 1
vec2 $NAME(vec2 p) { float r = log(length(p) + .05); return vec2(atan(p.y, p.x)/1.5708 + r*$(-1,1), r*$(1,2)); }

//: warp mirrored 1
vec2 $NAME(vec2 p) { float n = 6.2832/$i(3,8)., a = atan(p.y, p.x); a = abs(mod(a, n) - .5*n); return length(p)*vec2(cos(a), sin(a)); }

//: warp tiled 1
vec2 $NAME(vec2 p) { p *= $(.6,1.6); vec2 i = floor(p); p = (p - i - .5)*2.; return rot(1.5708*floor(4.*hash2(i)))*p; }

//: warp bulged 1
vec2 $NAME(vec2 p) { return p*($(.5,.9) + $(.2,.7)*dot(p, p)); }

//: warp pinched 1
vec2 $NAME(vec2 p) { return p*$(.6,1.5)/($(.2,.6) + dot(p, p)) ; }

//: surface rough 5
// Rough stuff: relief of every size in raking light.
vec3 $NAME(vec2 p, float k) {
	vec2 q = p*$(2,5) + k*17.;
	float h = 0., g = 0., amp = $(.5,.65), high = amp;
	for (int i = ZERO; i < 5; i++) { float a = $[noise(q)|noise(q)|abs(2.*noise(q) - 1.)|min(1., cells(q*.6).x)], b = $[noise(q + .12*sun.xy)|noise(q + .2*sun.xy)]; h += amp*a; g += high*(b - noise(q)); q = mat2(1.6, 1.2, -1.2, 1.6)*q + 5.7; amp *= $(.5,.7); high *= $(.7,.95); }
	return mix(ink(k), ink(k + $(.05,.3)), smoothstep(.3, .9, h))*clamp($(.5,.8) + .4*h - $(2,5)*g, .08, 1.7);
}

//: surface strewn 5
// Strewn with small pieces, each in its own tone and shade.
vec3 $NAME(vec2 p, float k) {
	vec3 col = ink(k)*$(.15,.5);
	for (int i = ZERO; i < 5; i++) {
		vec2 u = rot(float(i)*$(.5,2))*p*$(2.5,7) + float(i)*9.7 + k*31., id = floor(u), f = fract(u) - .5;
		float h = hash2(id), g = hash(h*91.), d = 0.;
		vec2 q = rot($[6.28*g|$(0,3) + g])*(f - .3*(vec2(h, g) - .5))*vec2(1, $[1.|1.6|$(2,5)]);
		d = $[length(q)|max(abs(q.x), abs(q.y))|max(abs(q.x), dot(abs(q), vec2(.5, .9)))|length(q) + .1*noise(u*4.)] - mix(.2, .42, hash(g*57.));
		col *= 1. - .45*smoothstep(.12, -.05, d + .1*dot(f, sun.xy));
		col = mix(col, mix(ink(k), ink(k + $(.05,.5)), h)*mix(.45, 1.25, g)*(.8 + 1.2*dot(q, sun.xy))*(.75 + .5*noise(u*$(3,9))), smoothstep(.03, -.03, d));
	}
	return col;
}

//: surface haired 4
// Hair, grass or fibre: strokes that follow a flow.
vec3 $NAME(vec2 p, float k) {
	float flow = $(0,3) + $(.5,2.5)*(noise(p*$(.3,1) + k*9.) - .5), v = 0.;
	for (int i = ZERO; i < 3; i++) { vec2 q = rot(flow + .4*(float(i) - 1.))*p*(1. + .4*float(i)); v = max(v, (.7 + .15*float(i))*noise(q*vec2($(.6,2), $(5,13)) + k*31. + float(i)*7.)); }
	return mix(ink(k)*$(.15,.5), mix(ink(k), ink(k + $(.05,.4)), fbm(p*$(1,2) + k)), smoothstep(.2, .85, v))*mix(.7, 1.2, noise(p*$(.7,2) + 5.));
}

//: surface plain 1
// Plain.
vec3 $NAME(vec2 p, float k) { return ink(k)*($(.8,1) + $(.05,.3)*p.y); }

//: surface ramp 2
// A ramp of inks.
vec3 $NAME(vec2 p, float k) { return ink(k + $(.15,.6)*$field(p + k*9.)); }

//: surface print 4
// A two-ink print.
vec3 $NAME(vec2 p, float k) { float v = $field(p + k*7.); return mix(ink(k), ink(k + $(.2,.8)), $[smoothstep(.45, .55, v)|v|v*v]); }

//: surface soiled 3
// Soiled.
vec3 $NAME(vec2 p, float k) { return $surface(p, k)*mix($(.4,.7), 1.15, fbm(p*$(1,3) + k)); }

//: surface patched 2
// Patches of two stuffs.
vec3 $NAME(vec2 p, float k) { float m = $field(p*$(.4,.9) + k); return mix($surface(p, k), $surface(p*$(.7,1.6), k + $(.2,.6)), smoothstep(.45, .55, m))*(1. - .4*smoothstep(.08, 0., abs(m - .45))); }

//: surface mosaic 2
// Pieces of every ink.
vec3 $NAME(vec2 p, float k) { vec3 c = cells(p*$(1.5,5) + k*9.); return ink(k + $(.2,1)*c.z)*(.55 + .5*smoothstep(0., .12, c.y)); }

//: surface quilt 2
// A quilt: squares, each with its ink.
vec3 $NAME(vec2 p, float k) { vec2 q = p*$(1,4), f = fract(q) - .5; float h = hash2(floor(q) + k); return ink(k + h*$(.2,1))*mix(1., $(.3,.8), smoothstep(.4, .5, max(abs(f.x), abs(f.y))))*(.8 + .4*$field(p)); }

//: surface embossed 3
// Embossed and lit.
vec3 $NAME(vec2 p, float k) {
	vec2 e = vec2($(.02,.06), 0);
	vec3 v = vec3(0);
	for (int i = ZERO; i < 3; i++) { vec2 q = p + (i == 1 ? e : i == 2 ? e.yx : e.yy); v = vec3(v.yz, $field(q + k)); }
	vec3 n = normalize(vec3(v.x - v.y, v.x - v.z, $(.15,.5)));
	return ink(k + $(0,.4)*v.x)*mix(.25, 1.2, max(dot(n, sun), 0.));
}
