// Overlapping animal flanks, each with its own coat: leopard rosettes, zebra and tiger stripes, giraffe plates or cow patches, with fur and rim shade.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { return fract(sin(dot(p, vec2(37.19, 213.71))) * 31415.27); }
float pick(float k) { return rnd(vec2(scene * .731 + 3., k * 1.37)); }
mat2 rot(float a) { return mat2(cos(a), sin(a), -sin(a), cos(a)); }
float noise(vec2 p) {
 vec2 i = floor(p), f = p - i; f *= f * (3. - 2. * f);
 return mix(mix(rnd(i), rnd(i + vec2(1, 0)), f.x), mix(rnd(i + vec2(0, 1)), rnd(i + 1.), f.x), f.y);
}
float fbm(vec2 p) { return noise(p) * .65 + noise(p * 2.7 + 4.) * .35; }
float coat(vec2 p, float kind) { // 1 where the dark marking is
 vec2 w = p + .8 * vec2(fbm(p * 1.3), fbm(p * 1.3 + 8.));
 if (kind < 1.) return S(-.15, .15, sin(w.x * 6.5 + 3. * fbm(p)) + .3);
 if (kind < 2.) return S(.5, .53, fbm(w * .9));
 if (kind < 3.) return S(0., .15, sin(w.x * 7.) - .3 - 1.1 * sin(w.y * 2. + fbm(p) * 4.));
 float a = 9., b = 9.;
 w *= 1.4;
 for (int k = 0; k < 9; k++) {
  vec2 g = floor(w) + vec2(k % 3 - 1, k / 3 - 1);
  float d = length(g + vec2(rnd(g), rnd(g + 7.7)) * .9 - w);
  b = min(b, max(a, d)); a = min(a, d);
 }
 return kind < 4. ? S(.07, .15, b - a) : S(.06, -.02, abs(a - .26) - .11 + .28 * (fbm(p * 5.) - .45)) + .35 * S(.3, .2, a);
}
void mainImage(out vec4 color, in vec2 pixel) {
 scene = floor(iTime / 2.2);
 vec2 p = rot(6.3 * pick(1.)) * (2. * pixel - iResolution.xy) / iResolution.y, q = p;
 float layers = 2. + floor(4. * pick(2.)), shade = 1., id = 0., depth = 3. + p.y;
 for (float i = 0.; i < layers; i++) { // each flank lies below its own back line, later ones are nearer
  float k = i * 10., d = 1.5 - 2.4 * i / layers + .35 * sin(p.x * mix(.8, 2.5, pick(k + 3.)) + 6.3 * pick(k + 4.) + .3 * sin(iTime)) + .3 * p.x * (pick(k + 5.) - .5) - p.y + .04 * noise(p * 40.);
  shade *= 1. - .75 * S(-.35, .05, d);
  if (d > 0.) { id = k + 7.; depth = d; shade = 1.; }
 }
 q = rot(3. * pick(id + 6.)) * vec2(p.x, -sqrt(depth + .02) * 1.6) * exp(mix(.1, 1.6, pick(id + 7.))) + id + scene;
 vec3 base = mix(vec3(.95, .8, .55), .6 + .4 * cos(6.3 * (pick(id + 8.) + vec3(0., .2, .35))), pick(id + 9.));
 vec3 col = mix(base, mix(vec3(.06, .04, .03), base.zxy * .45, pick(id + 9.5)), min(coat(q, floor(5. * pick(id + 1.5))), 1.));
 col *= .72 + .5 * noise(vec2(p.x + .3 * depth, p.y) * vec2(70., 11.) + 3. * fbm(p * 4.));
 col *= S(-.1, .5, depth) * .9 + .2 - .25 * S(.6, 2.4, depth) + .5 * (fbm(p * 1.4 + id) - .4);
 color = vec4(col * shade, 1.);
}
