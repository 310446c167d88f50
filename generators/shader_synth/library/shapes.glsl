//: shape disc 2
// disc
float $NAME(vec2 p, float k) { return length(p*vec2(1, mix(1., $(1,2), hash(k)))) - .85; }

//: shape card 2
// card
float $NAME(vec2 p, float k) { return slab(p, vec2(.8, mix(.25, .8, hash(k)))) - $(0,.12); }

//: shape polygon 2
// polygon
float $NAME(vec2 p, float k) { float n = 6.2832/floor($(3,5) + 4.*hash(k)), a = mod(atan(p.x, p.y) + .5*n, n) - .5*n; return length(p)*cos(a) - $(.6,.75); }

//: shape star 2
// star
float $NAME(vec2 p, float k) { float n = 6.2832/floor($(4,6) + 5.*hash(k)), a = abs(mod(atan(p.x, p.y) + .5*n, n) - .5*n); return (length(p)*(cos(a) + $(.4,1.6)*sin(a)) - .8)*.7; }

//: shape heart 1
// heart
float $NAME(vec2 p, float k) { p.x = abs(p.x); p.y -= .2 - .1*hash(k); return (length(p - vec2(0, .75*p.x - .15)) - .72)*.8; }

//: shape moon 1
// moon
float $NAME(vec2 p, float k) { return max(length(p) - .85, .75 - length(p - vec2(mix(.2, .6, hash(k)), .1))); }

//: shape ring 1
// ring
float $NAME(vec2 p, float k) { return abs(length(p) - .65) - mix(.06, .25, hash(k)); }

//: shape plus 1
// cross
float $NAME(vec2 p, float k) { float w = mix(.12, .35, hash(k)); return min(slab(p, vec2(.85, w)), slab(p, vec2(w, .85))); }

//: shape leaf 2
// leaf
float $NAME(vec2 p, float k) { float w = mix(.3, .7, hash(k)); p.x += .15*p.y*p.y; return (abs(p.x) - w*(1. - p.y*p.y)*(1. - .3*p.y) + $(0,.06)*abs(sin(p.y*$(8,20))))*.7; }

//: shape blob 3
// blob
float $NAME(vec2 p, float k) { float a = atan(p.y, p.x); return (length(p) - .65 - .14*sin(a*2. + k*40.) - .1*sin(a*3. + k*70.) - $(0,.1)*sin(a*5. + k*90.))*.8; }

//: shape flower 2
// flower
float $NAME(vec2 p, float k) { float a = atan(p.y, p.x); return (length(p) - .35 - .5*pow(abs(cos(a*floor(2. + 3.*hash(k)))), $(.3,1.5)))*.5; }

//: shape gear 1
// gear
float $NAME(vec2 p, float k) { float r = length(p), a = atan(p.y, p.x); return max(r - .7 - .14*smoothstep(-.3, .3, sin(a*floor(6. + 10.*hash(k)))), $(.1,.3) - r); }

//: shape drop 1
// drop
float $NAME(vec2 p, float k) { p.y += .2; return (length(p*vec2(1. + .9*max(p.y, 0.), 1. - .45*step(0., p.y))) - .6)*.8; }

//: shape arrow 1
// arrow
float $NAME(vec2 p, float k) { float head = max(abs(p.x) + p.y - .9, -p.y - .05); return min(head*.7, slab(p + vec2(0, .4), vec2(mix(.12, .3, hash(k)), .45))); }

//: shape letter 2
// letter
float $NAME(vec2 p, float k) {
	float d = 9.;
	vec2 a = vec2(.55, .75)*(floor(3.*vec2(hash(k), hash(k + .3))) - 1.);
	for (int i = ZERO; i < 4; i++) { vec2 b = vec2(.55, .75)*(floor(3.*vec2(hash(k + float(i)), hash(k*3. + float(i)))) - 1.); d = min(d, bar(p, a, b)); a = b; }
	return d - $(.1,.2);
}

//: shape fish 1
// fish
float $NAME(vec2 p, float k) { float t = mix(.3, .55, hash(k)), body = abs(p.y) - t*sqrt(max((.9 - p.x)*(p.x + .7), 0.)), tail = max(max(abs(p.y) - .05 - .9*max(-.45 - p.x, 0.), -1. - p.x), p.x + .4); return min(body, tail)*.7; }

//: shape bird 1
// bird
float $NAME(vec2 p, float k) { float wing = abs(p.y - .5*abs(p.x) + (.6 + .5*hash(k))*p.x*p.x) - .16*(1. - abs(p.x)); return min(max(wing, abs(p.x) - .95), length(p*vec2(1.6, 1) + vec2(0, .1)) - .3)*.7; }

//: shape butterfly 1
// butterfly
float $NAME(vec2 p, float k) { p.x = abs(p.x); float a = atan(p.y, p.x); return min((length(p) - .35 - .5*abs(sin(a*$(1.5,2.5) + .6 + k))*cos(a*.8))*.6, slab(p, vec2(.03, .5))); }

//: shape tree 2
// tree
float $NAME(vec2 p, float k) { float trunk = slab(p + vec2(0, .5), vec2(.07, .45)), crown = hash(k) < .5 ? length(p - vec2(0, .25)) - .5 - .07*sin(9.*atan(p.y - .25, p.x) + k*30.) : max(abs(p.x)*1.7 + p.y*.8 - .7, -.4 - p.y)*.6 - .04*sin(p.y*$(10,25)); return min(trunk, crown); }

//: shape house 2
// house
float $NAME(vec2 p, float k) { float w = mix(.35, .75, hash(k)), wall = slab(p + vec2(0, .4), vec2(w, .5)), roof = max(abs(p.x)*$(.5,1) + p.y - .1 - w*.8, .1 - p.y); return max(min(wall, roof), -slab(fract((p + vec2(0, .2))*vec2(3, 2.5)) - .5, vec2(.18, .25))*.3); }

//: shape tower 1
// tower
float $NAME(vec2 p, float k) { float w = mix(.2, .5, hash(k)), s = floor((p.y + 1.)*$(1.5,3)); return max(slab(p, vec2(w*(1. - $(0,.25)*s*.5), .9)), -slab(fract(p*vec2(5, 4)) - .5, vec2(.16, .28))*.2); }

//: shape bottle 1
// bottle
float $NAME(vec2 p, float k) { float r = mix(.4, mix(.1, .2, hash(k)), smoothstep(-.1, .5, p.y + .3*hash(k + .5))); return max(abs(p.x) - r - $(0,.08)*sin(p.y*8.), abs(p.y) - .9)*.8; }

//: shape vase 1
// vase
float $NAME(vec2 p, float k) { return max(abs(p.x) - .4 - .22*sin(p.y*(2. + 3.*hash(k)) + 6.*hash(k*3.)), abs(p.y) - .8)*.7; }

//: shape cloud 1
// cloud
float $NAME(vec2 p, float k) { float d = 9.; for (int i = ZERO; i < 4; i++) { float h = hash(k + float(i)); d = min(d, length(p - vec2(.4*float(i) - .6, .3*h - .25)) - .25 - .2*h); } return max(d, -.5 - p.y); }

//: shape mushroom 1
// mushroom
float $NAME(vec2 p, float k) { float cap = max(length(p*vec2(1, mix(.9, 1.6, hash(k)))) - .8, -p.y); return min(cap, slab(p + vec2(0, .4), vec2($(.1,.25) - .1*p.y, .45))); }

//: shape car 1
// car
float $NAME(vec2 p, float k) { float body = slab(p + vec2(0, .1), vec2(.9, .2)) - .05, cab = max(abs(p.x + .1) - .55 + .6*(p.y - .1), abs(p.y - .3) - .25 - .1*hash(k)), w = length(vec2(abs(p.x) - .5, p.y + .35)) - .2; return min(min(body, cab*.8), w); }

//: shape figure 1
// figure
float $NAME(vec2 p, float k) { float h = hash(k) - .5, x = abs(p.x), d = length(p - vec2(.1*h, .7)) - .2; d = min(d, bar(p, vec2(0, .4), vec2(0, -.1)) - .2); d = min(d, bar(vec2(x, p.y), vec2(.1, -.1), vec2(.3 + .2*h, -.9)) - .1); return min(d, bar(vec2(x, p.y), vec2(.15, .4), vec2(.65, .1 + h)) - .08); }

//: shape beast 1
// beast
float $NAME(vec2 p, float k) { float h = hash(k), d = length((p - vec2(-.1, .05))*vec2(.7, 1.2)) - .38; d = min(d, length(p - vec2(.6, .35 + .2*h)) - .2); d = min(d, bar(p, vec2(.3, .1), vec2(.6, .35 + .2*h)) - .12); d = min(d, bar(vec2(abs(p.x + .1) - .3, p.y), vec2(0), vec2(.08*h, -.8)) - .09); return min(d, bar(p, vec2(-.5, .1), vec2(-.85, .4 - h)) - .05); }

//: shape face 1
// face
float $NAME(vec2 p, float k) { float d = length(p*vec2(1.1, 1)) - .85, x = abs(p.x); d = max(d, .14 - length(vec2(x - .33, p.y - .2))); return max(d, .05 - bar(vec2(x, p.y), vec2(0, -.4 - .2*hash(k)), vec2(.4, -.35))); }

//: shape cactus 1
// cactus
float $NAME(vec2 p, float k) { float d = bar(p, vec2(0, -.9), vec2(0, .6)) - .2, h = .4*hash(k); d = min(d, bar(p, vec2(0, -.3), vec2(.55, -.3 + h)) - .12); d = min(d, bar(p, vec2(.55, -.3 + h), vec2(.55, .3)) - .12); return min(d, bar(p, vec2(0, h - .2), vec2(-.5, h)) - .1); }

//: shape spiral 1
// spiral
float $NAME(vec2 p, float k) { float r = length(p), t = fract(r*$(2,4) - atan(p.y, p.x)/6.2832 + k); return max(r - .85, (abs(t - .5) - mix(.15, .35, hash(k)))*.25); }

//: shape joined 2
// joined pieces
float $NAME(vec2 p, float k) { float a = $shape(p*1.3 + vec2($(-.2,.2), $(.1,.4)), k), b = $shape(p*1.4 - vec2($(-.2,.2), $(.1,.4)), k + .4); return .7*$[min(a, b)|blend(a, b, .3)|max(a, -b)|blend(a, b, .3)]; }

//: shape hollow 1
// hollow ware
float $NAME(vec2 p, float k) { return abs($shape(p, k) + .12) - $(.06,.12); }

//: shape twins 1
// twins
float $NAME(vec2 p, float k) { p.x = abs(p.x) - $(.2,.45); return $shape(rot($(-.8,.8))*p*1.5, k)/1.5; }

//: shape whorl 1
// whorl
float $NAME(vec2 p, float k) { float n = 6.2832/floor($(3,4) + 4.*hash(k)), a = mod(atan(p.x, p.y) + .5*n, n) - .5*n; p = length(p)*vec2(sin(a), cos(a)) - vec2(0, .55); return $shape(p*2.4, k)/2.4; }

//: crowd alike 2
float $NAME(vec2 p, float k) { return $shape(p, k); }

//: crowd pair 3
float $NAME(vec2 p, float k) { return hash(k*5. + scene) < $p ? $shape(p, k) : $shape(p, k); }

//: crowd motley 3
float $NAME(vec2 p, float k) { float h = hash(k*5. + scene); return h < .35 ? $shape(p, k) : h < .7 ? $shape(p, k) : $shape(p, k); }

//: layout strewn 3
// strewn
vec4 $NAME(float i) { float h = hash(scene + i*.713), g = hash(h*97. + i); return vec4(2.4*vec2(h, g) - 1.2, $r(.3,.9)*mix(.25, 1., hash(g*31.)*hash(g*57.)), 6.28*h*$[0.|.1|1.]) + vec4($r(-.1,.1)*vec2(sin(6.*run + h*9.), cos(5.*run + g*9.)), 0, 0); }

//: layout shrinking 3
// from large to small
vec4 $NAME(float i) { float h = hash(scene + i*.713), g = hash(h*97. + i); return vec4(2.6*vec2(h, g) - 1.3, $r(.7,1.2)/(1. + $r(.15,.6)*i), $[0.|3.*(g - .5)|6.28*g + run]); }

//: layout circle 1
// in a circle
vec4 $NAME(float i) { float a = 6.2832*i/$i(5,10). + 2.*$p + .6*run, r = $r(.5,1)*(1. - .35*step(9.5, i)); return vec4(r*cos(a), r*sin(a), $r(.2,.45), $[a|0.|a*2.]); }

//: layout helix 1
// in a spiral
vec4 $NAME(float i) { float a = i*2.4 + 6.28*$p, r = $r(.25,.4)*sqrt(i + .3); return vec4(r*cos(a + .3*run), r*sin(a + .3*run), $r(.2,.5)*mix(1., .5, hash(i)), a); }

//: layout grid 2
// in rows
vec4 $NAME(float i) { float n = floor(2. + 2.9*$p); vec2 c = vec2(mod(i, n), floor(i/n)); return vec4((c + .5)*2.2/n - 1.1 + .15*(vec2(hash(i + scene), hash(i*7. + scene)) - .5) + vec2(.2*(run - .5), 0), $r(.7,1.2)/n*mix(.6, 1., hash(i*3. + scene)), $r(-.4,.4) + $(0,.6)*(hash(i) - .5)); }

//: layout standing 3
// standing one before another
vec4 $NAME(float i) { float h = hash(scene + i*.713), y = i/12., s = mix($r(.15,.4), $r(.4,1), y); return vec4(2.8*h - 1.4, mix($r(0,.7), -.9, y) + .55*s, s*mix(.6, 1., hash(h*71.)), .15*(h - .5)); }

//: layout cascade 1
// in a cascade
vec4 $NAME(float i) { float s = i/12.; return vec4(mix($r(-1.1,-.5), $r(.5,1.1), s) + .5*(hash(i + scene) - .5), $r(.3,1)*sin(s*$r(2,7) + run), $r(.2,.6), s*$r(-3,3)); }

//: layout still 2
// one large among small ones
vec4 $NAME(float i) { float h = hash(scene + i*.713), g = hash(h*97. + i); return i > 8.5 ? vec4($r(-.4,.4), $r(-.4,.4), $r(.5,1), $r(-.5,.5)) : vec4(2.6*vec2(h, g) - 1.3, $r(.1,.35)*(.5 + g), 6.28*h); }
