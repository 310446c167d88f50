//: solid ball 2
// ball
float $NAME(vec3 p, float k) { return length(p) - .9; }

//: solid crate 2
// crate
float $NAME(vec3 p, float k) { return block(p, vec3(mix(.4, .75, hash(k)), .75, mix(.4, .75, hash(k*3.))) - $(.02,.2)) - $(.02,.2); }

//: solid doughnut 1
// doughnut
float $NAME(vec3 p, float k) { p = $[p|p.xzy]; return length(vec2(length(p.xz) - .65, p.y)) - mix(.15, .32, hash(k)); }

//: solid tin 2
// tin
float $NAME(vec3 p, float k) { return drum(p, mix(.35, .7, hash(k)), $(.5,.8)) - .04; }

//: solid cone 1
// cone
float $NAME(vec3 p, float k) { return max((length(p.xz) - mix(.45, .3, hash(k))*(.9 - p.y))*.8, abs(p.y) - .9); }

//: solid capsule 1
// capsule
float $NAME(vec3 p, float k) { return rod(p, vec3(0, -.5, 0), vec3($(-.4,.4), .5, 0)) - mix(.25, .45, hash(k)); }

//: solid gem 1
// gem
float $NAME(vec3 p, float k) { p = abs(p); return (max(p.x + p.z*$(.4,1), p.z) + p.y*mix(.6, 1.2, hash(k)) - .85)*.6; }

//: solid prism 1
// prism
float $NAME(vec3 p, float k) { float n = 6.2832/floor($(3,5) + 3.*hash(k)), a = mod(atan(p.x, p.z), n) - .5*n; return max(length(p.xz)*cos(a) - .6 + $(0,.25)*p.y, abs(p.y) - .85); }

//: solid vase 2
// vase
float $NAME(vec3 p, float k) { float r = .38 + .24*sin(p.y*(2. + 3.*hash(k)) + 6.*hash(k*3.)); float d = max(length(p.xz) - r, abs(p.y) - .9); return max(d, -max(length(p.xz) - r + .1, .2 - p.y))*.6; }

//: solid urchin 1
// urchin
float $NAME(vec3 p, float k) { return (length(p) - .65 - $(.05,.15)*sin(p.x*$(5,12))*sin(p.y*$(5,12))*sin(p.z*$(5,12)))*.6; }

//: solid twist 2
// twisted bar
float $NAME(vec3 p, float k) { p.xz *= rot(p.y*mix(.5, 2.5, hash(k))); return (slab(p.xz, vec2($(.25,.5), $(.25,.5))) + max(abs(p.y) - .9, 0.))*.6; }

//: solid tree 2
// tree
float $NAME(vec3 p, float k) { float crown = hash(k) < .5 ? length(p - vec3(0, .3, 0)) - .55 - .06*sin(9.*p.x + k*30.)*sin(9.*p.y)*sin(9.*p.z) : max(length(p.xz) - .45*(.95 - p.y) + .12*fract(p.y*$(1.5,3)), -.4 - p.y)*.7; return min(crown, drum(p + vec3(0, .6, 0), .1, .4)); }

//: solid house 2
// house
float $NAME(vec3 p, float k) { vec2 w = vec2(.5, mix(.4, .7, hash(k))); float d = block(p + vec3(0, .5, 0), vec3(w.x, .5, w.y)); return min(d, max((abs(p.x) + p.y*$(.8,1.3) - .62)*.7, max(-p.y, abs(p.z) - w.y - .08))); }

//: solid tower 1
// tower
float $NAME(vec3 p, float k) { float y = floor((p.y + 1.)*$(1.2,2.4)); return block(p, vec3(mix(.35, .6, hash(k)) - $(.03,.12)*y, .95, .55 - .08*y))*.9; }

//: solid table 1
// table
float $NAME(vec3 p, float k) { float top = block(p - vec3(0, .2, 0), vec3(.85, .07, .6)); p.xz = abs(p.xz); return min(top, block(p - vec3(.72, -.4, .48), vec3(.07, .6, .07))); }

//: solid chair 1
// chair
float $NAME(vec3 p, float k) { float seat = block(p + vec3(0, .2, 0), vec3(.45, .06, .45)), back = block(p - vec3(0, .35, .42), vec3(.45, .5, .05)); p.xz = abs(p.xz); return min(min(seat, back), block(p - vec3(.4, -.6, .4), vec3(.06, .4, .06))); }

//: solid mug 1
// mug
float $NAME(vec3 p, float k) { float r = mix(.4, .6, hash(k)), d = max(drum(p, r, .7), -drum(p - vec3(0, .2, 0), r - .1, .7)); return min(d, max(length(vec2(length(p.xy - vec2(r, 0)) - .3, p.z)) - .08, r - p.x)); }

//: solid car 1
// car
float $NAME(vec3 p, float k) { float d = block(p + vec3(0, .45, 0), vec3(.9, .2, .42)) - .05; d = blend(d, block(p + vec3(.1, .1, 0), vec3(.4, .22, .36)) - .06, .12); p.xz = abs(p.xz); return min(d, max(length(p.xy - vec2(.55, -.7)) - .25, abs(p.z - .42) - .09)); }

//: solid figure 1
// figure
float $NAME(vec3 p, float k) { float h = hash(k) - .5, d = length(p - vec3(0, .72, 0)) - .2; d = blend(d, rod(p, vec3(0, .4, 0), vec3(0, -.05, 0)) - .2, .1); p.x = abs(p.x); d = min(d, rod(p, vec3(.12, -.1, 0), vec3(.18, -.9, .3*h)) - .1); return min(d, rod(p, vec3(.2, .38, 0), vec3(.55, .1 + h, .2)) - .07); }

//: solid beast 2
// beast
float $NAME(vec3 p, float k) { float h = hash(k), d = rod(p, vec3(-.4, 0, 0), vec3(.3, .05, 0)) - mix(.22, .36, h); d = blend(d, rod(p, vec3(.3, .1, 0), vec3(.55, .35 + .3*h, 0)) - .13, .15); d = blend(d, rod(p, vec3(.55, .4 + .3*h, 0), vec3(.8, .35 + .25*h, 0)) - .12, .08); p.z = abs(p.z); return min(d, rod(vec3(abs(p.x + .05) - .32, p.yz), vec3(0, -.1, .16), vec3(.04, -.9, .2)) - .08); }

//: solid mushroom 1
// mushroom
float $NAME(vec3 p, float k) { float cap = max(length(p*vec3(1, mix(.9, 1.6, hash(k)), 1)) - .8, -p.y)*.7; return min(cap, drum(p + vec3(0, .45, 0), $(.12,.25), .5)); }

//: solid arch 1
// arch
float $NAME(vec3 p, float k) { float hole = min(slab(p.xy + vec2(0, .6), vec2(.42, .6)), length(p.xy) - .42); return max(block(p, vec3(.75, .9, mix(.15, .5, hash(k)))), -hole); }

//: solid cage 1
// cage
float $NAME(vec3 p, float k) { float r = $(.06,.14), b = .75; p = abs(p) - b; vec3 q = abs(p + r) - r; p = max(p, 0.); return min(min(length(vec2(max(q.y, 0.), max(q.z, 0.))) + p.x, length(vec2(max(q.x, 0.), max(q.z, 0.))) + p.y), length(vec2(max(q.x, 0.), max(q.y, 0.))) + p.z) - .02; }

//: solid stack 1
// stack
float $NAME(vec3 p, float k) { float y = floor((p.y + 1.)*3.), h = hash(y + k*7.); p.xz += .2*(vec2(h, hash(h*9.)) - .5); p.xz *= rot(h*2.); p.y = fract((p.y + 1.)*3.)/3. - .1667; return max(block(p, vec3(.35 + .25*h, .13, .5)), y - 5.5)*.7; }

//: solid steps 1
// steps
float $NAME(vec3 p, float k) { float y = ceil((p.x + .9)*$(2,4))/$(2.5,4) - .9; return max(block(p, vec3(.9, .9, mix(.3, .7, hash(k)))), (p.y - y)*.5); }

//: solid shell 1
// shell
float $NAME(vec3 p, float k) { float a = atan(p.y, p.x), r = length(p.xy), t = abs(fract(log(r + .02)*$(.6,1) + a/6.2832 + k) - .5)*r; return max(length(vec2(t - .25*r, p.z)) - .38*r, r - .85)*.4; }

//: solid sponge 1
// sponge
float $NAME(vec3 p, float k) { float d = block(p, vec3(.8)), s = 1.2; for (int i = ZERO; i < 3; i++) { vec3 a = abs(mod(p*s + $(.8,1.2), 2.) - 1.); s *= $(2.6,3); vec3 r = abs(1. - 3.*a); d = max(d, (min(max(r.x, r.y), min(max(r.y, r.z), max(r.z, r.x))) - 1.)/s); } return d; }

//: solid crystal 1
// crystal
float $NAME(vec3 p, float k) { float s = 1.; for (int i = ZERO; i < 4; i++) { p = abs(p) - $(.3,.55)*vec3(1, .8, 1.1); p.xy *= rot($(.2,1.2) + k); p.yz *= rot($(.2,1.2)); p *= 1.25; s *= 1.25; } return (block(p, vec3($(.3,.5))) - .05)/s; }

//: solid knot 1
// knot
float $NAME(vec3 p, float k) { float a = atan(p.x, p.z)*$[1.5|2.5|2.]; vec2 q = rot(a)*(vec2(length(p.xz) - .58, p.y)); q.x = abs(q.x) - .2; return (length(q) - mix(.1, .17, hash(k)))*.6; }

//: solid bunch 1
// bunch
float $NAME(vec3 p, float k) { float d = 9.; for (int i = ZERO; i < 5; i++) { float h = hash(k + float(i)*.37); d = blend(d, length(p - .55*(vec3(h, hash(h*77.), hash(h*31.))*2. - 1.)) - .2 - .25*hash(h*9.), $(.02,.4)); } return d; }

//: solid joined 2
// joined pieces
float $NAME(vec3 p, float k) { float a = $solid(p, k), b = $solid($[p.zyx|p*1.3 - vec3(0, .3, 0)|p.xzy], k + .4); return $[blend(a, b, .2)|max(a, -b - .1)|blend(a, b, .3)]; }

//: solid carved 1
// carved ware
float $NAME(vec3 p, float k) { return ($solid(p, k) + $(.03,.08)*sin(p.y*$(8,22) + $(0,9)*p.x))*.75; }

//: solid bent 1
// bent ware
float $NAME(vec3 p, float k) { p.xy *= rot($(-.9,.9)*p.y); return $solid(p, k)*.7; }

//: solid arms 1
// whorl of pieces
float $NAME(vec3 p, float k) { float n = 6.2832/$i(3,6)., a = mod(atan(p.x, p.z) + .5*n, n) - .5*n; p.xz = length(p.xz)*vec2(sin(a), cos(a)) - vec2(0, .5); return $solid(p*2.2, k)/2.2; }

//: cast alike 2
float $NAME(vec3 p, float k) { return $solid(p, k); }

//: cast pair 3
float $NAME(vec3 p, float k) { return hash(k*5. + scene) < $p ? $solid(p, k) : $solid(p, k); }

//: cast motley 2
float $NAME(vec3 p, float k) { float h = hash(k*5. + scene); return h < .35 ? $solid(p, k) : h < .7 ? $solid(p, k) : $solid(p, k); }

//: station strewn 3
// strewn
vec4 $NAME(float i) { float h = hash(scene + i*.713), g = hash(h*97. + i), s = $r(.5,1.3)*mix(.45, 1., g); return vec4($r(1.2,2.6)*(h - .5)*2., s*.95, 4.*g - 2., s); }

//: station row 1
// in a row
vec4 $NAME(float i) { float s = $r(.5,.9)*mix(.7, 1., hash(i + scene)); return vec4((i - 3.)*$r(.8,1.3), s*.95, $r(-1,1)*(i - 3.) + .6*sin(i*3. + scene), s); }

//: station round 1
// in a ring
vec4 $NAME(float i) { float a = i*.9 + 6.28*$p + .5*run, s = $r(.5,.85)*mix(.7, 1., hash(i + scene)), r = i > 5.5 ? 0. : $r(1.3,2.2); if (i > 5.5) s *= 1.5; return vec4(r*cos(a), s*.95, r*sin(a), s); }

//: station pile 2
// piled up
vec4 $NAME(float i) { float h = hash(scene + i*.713), r = i < 3.5 ? 1. : i < 5.5 ? .5 : 0., s = $r(.6,.95); return vec4(r*cos(i*1.7 + 6.*h), s*.9 + (1. - r)*1.9*s, r*sin(i*1.7 + 6.*h), s); }

//: station afloat 2
// afloat
vec4 $NAME(float i) { float h = hash(scene + i*.713), g = hash(h*97. + i), s = $r(.5,1.1)*mix(.4, 1., hash(g*71.)); return vec4(3.6*h - 1.8, s + 1.8*g + .2*sin(6.28*(run + h)), 3.*hash(g*13.) - 1.5, s); }

//: station hero 2
// one large among small ones
vec4 $NAME(float i) { float h = hash(scene + i*.713), g = hash(h*97. + i), s = i < .5 ? $r(1,1.6) : $r(.2,.5)*mix(.6, 1., g); return i < .5 ? vec4($r(-.5,.5), s*.95, .3, s) : vec4(3.6*h - 1.8, s*.95, 2.*g - 2., s); }
