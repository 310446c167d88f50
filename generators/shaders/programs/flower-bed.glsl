// A flower bed with depth of field: polar petals in three focus layers, two whorls each, stamens and leaf-green blur behind.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { return fract(sin(dot(p, vec2(23.7, 117.1)))*25111.9); }
float pick(float k) { return rnd(vec2(scene, k)); }
float noise(vec2 p) {
 vec2 i = floor(p), f = p - i; f *= f*(3. - 2.*f);
 return mix(mix(rnd(i), rnd(i + vec2(1, 0)), f.x), mix(rnd(i + vec2(0, 1)), rnd(i + 1.), f.x), f.y);
}
float petals(float a, float r, float sharp) { float c = abs(cos(a*.5)); return .35 + .65*mix(sqrt(c), c*c, sharp) - r; }
void mainImage(out vec4 color, in vec2 pixel) {
 scene = floor(iTime/2.);
 vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
 float sun = 6.28*pick(1.), g = .6*noise(p*2. + scene) + .4*noise(p*vec2(9., 3.) + scene);
 vec2 light = vec2(cos(sun), sin(sun));
 vec3 green = .4 + .4*cos(6.28*(pick(2.) + vec3(.1, 0., .3)));
 vec3 col = mix(green*.15, mix(green, vec3(.9, .95, .7), pick(3.)), g*g*(1.6 + .6*dot(p, light)));
 float big = mix(.35, .95, pick(6.)), focus = floor(3.*pick(7.));
 for (int i = 0; i < 18; i++) {
  float id = float(i) + scene*5., layer = floor(float(i)/7.), blur = .015 + .15*abs(layer - focus);
  vec4 k = fract(sin(id*vec4(3.7, 5.3, 7.1, 9.7))*5731.7), j = fract(k*57.3);
  float R = big*(.5 + .8*k.x)*(.6 + .35*layer), tw = 6.28*k.y, n = 3. + floor(k.z*j.x*18.), sharp = j.y;
  mat2 turn = mat2(cos(tw), -sin(tw), sin(tw), cos(tw));
  vec2 v = turn*(p - 2.4*j.zx + 1.2 + .04*sin(iTime*1.5 + id))/R;
  v.y *= 1. + .6*j.z;                                // tilted towards us or away
  vec2 u = v + .15*turn*light;
  float a = atan(v.y, v.x)*n, rad = length(v), outer = petals(a, rad, sharp), whorl = j.w > .4 ? petals(a + 3.14, rad/.65, sharp) : -1., across = sin(a*.5);
  col *= 1. - .5*S(-.1 - blur, .1 + blur, petals(atan(u.y, u.x)*n, length(u), sharp));
  vec3 tint = mix(vec3(1.), .55 + .45*cos(6.28*(pick(4.) + pick(5.)*(j.x - .5) + vec3(0., .33, .67))), .2 + .8*k.w)*(.5 + .6*j.y);
  tint *= .6 + .5*rad + .3*dot(turn*light, v) - .3*across*across;
  vec3 petal = mix(tint, tint*tint.brg, S(.7, .2, rad)*j.z)*(1. - .5*S(.2, 0., abs(whorl))*step(-.9, whorl));
  petal = mix(petal, petal*1.25, S(0., blur + .02, whorl));
  col = mix(col, petal, S(-blur, blur, outer));
  float eye = .12 + .25*k.y;
  vec3 disc = mix(vec3(1., .8, .1), vec3(.3, .1, .1), step(.6, k.x))*(1.1 - .5*rad/eye + .5*dot(turn*light, v)/eye);
  col = mix(col, disc, S(blur, -blur, rad - eye));
 }
 color = vec4(pow(max(col, 0.), vec3(.9)), 1.);
}
