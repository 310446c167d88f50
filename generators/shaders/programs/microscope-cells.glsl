// Stained tissue under a microscope: packed or loose cells with membranes, nuclei, granules and defocused layers, in brightfield, fluorescence or dark field.
#define S smoothstep
float scene = 0.;
vec2 rnd(vec2 p) { return fract(sin(vec2(dot(p, vec2(29.7, 151.3)), dot(p, vec2(97.1, 41.9))))*17931.3); }
float pick(float k) { return rnd(vec2(scene, k)).x; }
float noise(vec2 p) {
 vec2 i = floor(p), f = p - i; f *= f*(3. - 2.*f);
 return mix(mix(rnd(i).x, rnd(i + vec2(1, 0)).x, f.x), mix(rnd(i + vec2(0, 1)).x, rnd(i + 1.).x, f.x), f.y);
}
void mainImage(out vec4 color, in vec2 pixel) {
 scene = floor(iTime/2.1);
 vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
 float dark = step(.5, pick(1.)), loose = pick(2.), h = pick(3.);
 vec3 stain = .5 + .5*cos(6.28*(h + vec3(0, .33, .67))), second = .5 + .5*cos(6.28*(h + mix(.2, .6, pick(4.)) + vec3(0, .33, .67)));
 vec3 col = mix(vec3(1, .97, .92), vec3(.02, .03, .05), dark) + .12*(noise(p*1.5 + scene) - .5);
 for (float layer = 0.; layer < 3.; layer++) {
  float k = layer*20. + 10., soft = layer == 2. ? .02 : .05 + .2*pick(k), scale = mix(1., 4.5, pick(k + 1.))*(1.5 - .3*layer), turn = 6.28*pick(k + 2.);
  vec2 q = mat2(cos(turn), sin(turn), -sin(turn), cos(turn))*p*scale*vec2(1, mix(.45, 1., pick(k + 3.))) + 9.*pick(k + 4.) + .1*iTime;
  q += .35*vec2(noise(q*1.3), noise(q*1.3 + 7.));
  float a = 9., b = 9.; vec2 v = q, id = q;
  for (int n = 0; n < 9; n++) {
   vec2 g = floor(q) + vec2(n % 3 - 1, n/3 - 1), c = q - g - .15 - .7*rnd(g);
   float d = length(c)/(.7 + .5*rnd(g + 5.).x);
   if (d < a) { b = a; a = d; v = c; id = g; } else b = min(b, d);
  }
  vec2 r = rnd(id + 3.3);
  float present = step(loose*.8*step(layer, 1.5) + loose*.45, r.x + .15), wall = min((b - a)*.6, mix(.8, .52, loose) - a);
  float body = S(-soft, soft, wall)*present, rim = S(.06 + soft, .0, abs(wall - .03))*present;
  vec2 w = v - .2*(r - .5); w.x *= 1. + r.y;
  float nr = mix(.1, .28, r.y), nucleus = S(nr + soft, nr - soft, length(w))*body, speck = S(.62, .75, noise(q*14.))*S(.2, .02, soft);
  vec3 tint = mix(stain, second, .5*r.x), core = mix(second, stain.brg, r.y*.4);
  float amount = .35 + .4*noise(q*3.) + .5*speck;
  if (dark > .5) { col *= 1. - .4*body; col += tint*(body*amount*.5 + rim*.9) + core*nucleus*(.8 + .7*noise(q*9.)); }
  else { col *= mix(vec3(1), tint*.7 + .3, body*amount); col *= mix(vec3(1), tint*.4, rim*.8); col *= mix(vec3(1), core*core*.6, nucleus*(.6 + .4*noise(q*9.))); }
 }
 float field = length(p - .3*vec2(pick(5.), pick(6.))), edge = mix(1.1, 2.5, pick(7.));
 col *= S(edge, edge - .06, field)*(1.15 - .25*field);
 color = vec4(col, 1);
}
