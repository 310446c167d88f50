// Watercolour: translucent washes with dark backruns at their edges, granulation and bleeding wet pools, glazed over each other on rough, spattered paper.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { return fract(sin(dot(p, vec2(35.3, 149.9)))*23537.9); }
float pick(float k) { return rnd(vec2(scene, k)); }
float noise(vec2 p) {
 vec2 i = floor(p), f = p - i, e = vec2(1, 0); f *= f*(3. - 2.*f);
 return mix(mix(rnd(i), rnd(i + e), f.x), mix(rnd(i + e.yx), rnd(i + 1.), f.x), f.y);
}
float fbm(vec2 p) { return .5*noise(p) + .27*noise(p*2.1 + 5.) + .15*noise(p*4.4) + .08*noise(p*9.1); }
void mainImage(out vec4 color, in vec2 pixel) {
 scene = floor(iTime/2.);
 vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
 float tooth = noise(p*60.), h = pick(1.), spread = mix(.05, .8, pick(2.)), mode = floor(4.*pick(3.)), n = floor(mix(5., 12., pick(4.)));
 vec3 col = vec3(.98, .96, .91) - .12*tooth*vec3(.8, .9, 1);
 vec2 bleed = .22*vec2(fbm(p*2.5 + scene), fbm(p*2.5 + 40.));
 for (float i = 0.; i < n; i++) {
  float k = i*8. + 20., soft = mix(.01, .45, pow(pick(k), 3.)), d = 0.;
  vec2 c = 2.4*vec2(pick(k + 1.), pick(k + 2.)) - 1.2, v = p + bleed*(1. + 2.*pick(k + 3.)) - .2;
  float R = mix(.3, 1.1, pick(k + 4.)), a = 6.28*pick(k + 5.);
  vec2 q = mat2(cos(a), sin(a), -sin(a), cos(a))*(v - c);
  if (mode < 1.) d = R - length(q*vec2(1, mix(1., 2.5, pick(k + 6.))));                                  // pools
  else if (mode < 2.) d = 1.3 - 2.4*i/n + .5*(noise(v.xx*2. + k) - .5) - v.y;   // hills
  else if (mode < 3.) d = .1 + .25*R - abs(q.y + .3*sin(q.x*2. + k));          // brush strokes
  else { float b = atan(q.y, q.x)*floor(3. + 4.*pick(5.)); d = R*(.5 + .5*abs(cos(b*.5)))*.9 - length(q); } // blossoms
  float wash = S(-soft, soft, d), rim = S(.07, .0, abs(d - .015))*step(0., d);
  float pool = fbm(v*2. + k), back = S(.06, 0., abs(pool - .5))*pick(k + 7.);
  float ink = wash*(.25 + .9*pool*pool*2. + .35*(tooth - .5))*mix(.35, 1.3, pick(k + .5)) + .45*rim + .3*back*wash;
  ink *= 1. - .8*S(.55, .75, tooth + .3*pool)*step(.6, pick(k + .7));                   // dry brush
  vec3 pigment = .5 + .5*cos(6.28*(h + spread*(pick(k + .3) - .5) + .12*pool + vec3(0, .3, .62)));
  col *= pow(clamp(pigment*.9 + .1, .02, 1.), vec3(max(ink, 0.)));
 }
 vec2 g = p*6. + 3.*bleed; vec2 id = floor(g);                                                                // spatter
 float drop = length(fract(g) - .5 - .4*(vec2(rnd(id), rnd(id + 4.)) - .5)) - .3*rnd(id + 2.)*rnd(id + 6.);
 col *= mix(vec3(1), .5 + .5*cos(6.28*(h + .5*rnd(id) + vec3(0, .3, .62))), S(.03, -.02, drop)*step(.6, rnd(id + scene))*pick(6.));
 color = vec4(col, 1);
}
