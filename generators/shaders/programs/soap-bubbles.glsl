// Soap bubbles: thin-film iridescence, window highlights and rim light on overlapping transparent spheres of every size, over a blurred garden or room.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { return fract(sin(dot(p, vec2(45.3, 197.1))) * 21377.9); }
float pick(float k) { return rnd(vec2(scene, k)); }
float noise(vec2 p) {
 vec2 i = floor(p), f = p - i; f *= f * (3. - 2. * f);
 return mix(mix(rnd(i), rnd(i + vec2(1, 0)), f.x), mix(rnd(i + vec2(0, 1)), rnd(i + 1.), f.x), f.y);
}
vec3 hue(float h) { return .5 + .5 * cos(6.28 * (h + vec3(0, .33, .67))); }
vec3 backdrop(vec2 p) {
 float horizon = pick(1.) - .5 + .3 * noise(p.xx * 2. + scene);
 vec3 sky = mix(hue(pick(2.)), vec3(1), .5 * pick(3.)) * (.5 + .4 * p.y), land = hue(pick(4.)) * (.15 + .6 * noise(p * vec2(3, 5) + scene) + .4 * noise(p * vec2(25, 9)));
 vec3 c = mix(land, sky, S(-.1, .1, p.y - horizon));
 for (float i = 0.; i < 7.; i++) {   // out-of-focus lights or blossoms
  vec2 q = p - 3. * vec2(pick(i + 20.), pick(i + 30.)) + 1.5;
  float r = .1 + .4 * pick(i + 40.);
  c = mix(c, hue(pick(4.) + .6 * pick(i + 50.)) * 1.2, .55 * S(r, r * .7, length(q)));
 }
 return c;
}
void mainImage(out vec4 color, in vec2 pixel) {
 scene = floor(iTime / 2.6);
 vec2 p = (2. * pixel - iResolution.xy) / iResolution.y, bend = p;
 float la = 6.28 * pick(5.), crowd = 9. + 14. * pick(6.), big = mix(.25, .9, pick(7.)), film = mix(.6, 3., pick(8.)), gain = 1.;
 vec2 light = vec2(cos(la), sin(la));
 vec3 add = vec3(0);
 for (float i = 0.; i < crowd; i++) {
  float r = big * (.2 + pow(pick(i + 60.), 2.));
  vec2 c = 2.8 * vec2(pick(i + 90.), fract(pick(i + 120.) + iTime * .03)) - 1.4, v = (p - c + .05 * sin(iTime + i)) / r;
  float d = length(v), z = sqrt(max(1. - d * d, 0.)), inside = S(1., 1. - .02 / r, d);
  if (d > 1.2) continue;
  bend = mix(bend, c - (p - c) * .8, inside * .35);              // each bubble shows the scene bent
  float thick = film * (v.y + .5 * noise(v * 2.5 + i) + .3 * noise(v * 6. - i + iTime * .2)) + .6 * z;
  float fresnel = .12 + .75 * pow(1. - z, 2.);
  vec2 w = v - light * .55, x = v + light * .6;
  w.y += .3 * w.x * w.x;
  float win = S(.2, .16, max(abs(w.x), abs(w.y))) * S(.01, .03, abs(w.x)) * S(.01, .03, abs(w.y));
  add *= 1. - .5 * inside; gain *= 1. - .25 * inside * fresnel;
  add += inside * (hue(thick) * fresnel * .9 + .9 * win + .35 * S(.2, .1, length(x)) * z + .5 * S(.12, 0., abs(d - .97)) * max(0., .3 + dot(v, light)));
 }
 color = vec4(backdrop(bend) * gain + add, 1);
}
