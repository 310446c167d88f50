// Leaf litter in any season: veined, serrated leaves of many sizes painted back to front with soft drop shadows on soil.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { return fract(sin(dot(p, vec2(41.97, 289.13))) * 28411.37); }
float pick(float k) { return rnd(vec2(scene, k)); }
float noise(vec2 p) {
 vec2 i = floor(p), f = p - i; f *= f * (3. - 2. * f);
 return mix(mix(rnd(i), rnd(i + vec2(1, 0)), f.x), mix(rnd(i + vec2(0, 1)), rnd(i + 1.), f.x), f.y);
}
float fbm(vec2 p) { return .6 * noise(p) + .4 * noise(p * 3.3 + 3.); }
// positive inside the leaf, q.x runs along the midrib from -1 to 1
float blade(vec2 q, vec4 k, float lobe) {
 q.y += .3 * (k.y - .5) * q.x * q.x;
 float w = mix(.25, .75, k.z) * max(1. - q.x * q.x, 0.) * (1. - .45 * q.x);
 return w * (1. - lobe * (.5 + .5 * cos((8. + 20. * k.w) * (q.x - abs(q.y) * .7)))) - abs(q.y) - 3. * max(abs(q.x) - 1., 0.);
}
void mainImage(out vec4 color, in vec2 pixel) {
 vec2 p = (2. * pixel - iResolution.xy) / iResolution.y, q = p;
 scene = floor(iTime / 2.);
 float a = 6.3 * pick(3.), big = mix(.35, 1., pick(4.)), lobe = .45 * pick(7.) * pick(7.5), d = 0., shade = 1., turn = 0.;
 vec2 light = vec2(cos(a), sin(a));
 vec4 leafy = vec4(-1.);
 for (int i = 0; i < 26; i++) {
  float n = float(i) + scene * 41.;
  vec4 k = fract(sin(vec4(1.3, 2.7, 3.9, 5.1) * n) * 9341.77);
  float t = 6.3 * k.x + .2 * sin(iTime + n), size = big * (.3 + k.y * k.y) * (1.4 - .03 * float(i));
  mat2 m = mat2(cos(t), -sin(t), sin(t), cos(t)) / size;
  vec2 at = m * (p - 2.6 * fract(k.zw * 57.) + 1.3), off = m * light * size * .12;
  float e = blade(at, k, lobe);
  shade *= 1. - .65 * S(-.12, .12, blade(at + off, k, lobe));
  if (e > 0.) { d = e; q = at; leafy = k; shade = 1.; turn = dot(off, vec2(0., 8.)); }
 }
 float grit = fbm(leafy.x < 0. ? p * mix(2., 9., pick(5.)) + scene : q * 4. + leafy.x * 50.);
 vec3 col = mix(vec3(.15, .1, .06), .5 + .4 * cos(6.3 * (pick(6.) + vec3(0., .15, .3))), grit * grit * 2.5);
 if (leafy.x >= 0.) {
  float h = pick(1.) + (.1 + .5 * pick(2.)) * (fract(leafy.x * 7.) - .5);
  col = (.55 + .45 * cos(6.3 * (h + vec3(0., .18, .42)))) * mix(.45, 1.3, fract(leafy.y * 9.));
  col = mix(col, col.gbr * .5, S(.5, .75, grit + .25 * leafy.z));
  q.y += .3 * (leafy.y - .5) * q.x * q.x;
  col *= .7 + .3 * sign(q.y) * turn + .6 * d;
  float rib = (8. + 20. * leafy.w) * .3, vein = abs(fract((q.x - abs(q.y) * .9) * rib) - .5) / rib;
  col += (pick(8.) - .35) * .6 * S(.03, 0., min(vein, abs(q.y) - .012 * (1.2 - q.x)));
 }
 color = vec4(sqrt(max(col * shade, 0.)) * (.9 + .25 * dot(p, light)), 1.);
}
