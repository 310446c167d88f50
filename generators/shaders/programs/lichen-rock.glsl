// Lichen on bump-lit rock: lobed rosettes of many ages and colours with pale rims, spore cups and dying centres, over strata and quartz seams.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { return fract(sin(dot(p, vec2(61.3, 137.9))) * 19937.1); }
float pick(float k) { return rnd(vec2(scene * .9, k)); }
float noise(vec2 p) {
 vec2 i = floor(p), f = p - i; f *= f * (3. - 2. * f);
 return mix(mix(rnd(i), rnd(i + vec2(1, 0)), f.x), mix(rnd(i + vec2(0, 1)), rnd(i + 1.), f.x), f.y);
}
float fbm(vec2 p) { return .5 * noise(p) + .28 * noise(p * 2.3 + 3.) + .15 * noise(p * 5.1 + 7.) + .07 * noise(p * 11.); }
float rock(vec2 p) { return fbm(p * 2.2 + scene) + .5 * abs(fbm(p * vec2(.8, 3.) + 7.) - .5); }
void mainImage(out vec4 color, in vec2 pixel) {
 scene = floor(iTime / 3.);
 vec2 p = (2. * pixel - iResolution.xy) / iResolution.y, v = p;
 float la = 6.28 * pick(1.) + .4 * sin(iTime), h = rock(p);
 vec2 light = vec2(cos(la), sin(la));
 float lit = clamp(.8 + mix(4., 16., pick(2.)) * (rock(p + light * .02) - h), .1, 1.8);
 vec3 col = mix(vec3(mix(.15, .9, pick(3.))), .55 + .4 * cos(6.28 * (pick(4.) + vec3(0., .1, .25))), .6) * (.5 + .9 * h);
 float seam = abs(p.y * .7 + p.x * (pick(5.) * 2. - 1.) + h - 1.5 * pick(6.));
 col = mix(col, vec3(.95, .9, .85), S(.06, .02, seam) * step(.4, pick(7.)));
 float big = mix(.2, .9, pick(8.)), crumple = .35 * (fbm(p * 7.) - .5), d = 2., shade = 1., id = 0., R = 1.;
 for (int i = 0; i < 26; i++) {                           // later colonies overgrow earlier ones
  float k = float(i) * 4. + 30., size = big * (.15 + pick(k) * pick(k + .5)) + .03;
  vec2 w = p - 2.6 * vec2(pick(k + 1.), pick(k + 2.)) + 1.3;
  float n = floor(7. + size * 30.), e = length(w) / size + .12 * abs(sin(atan(w.y, w.x) * n * .5)) + crumple;
  shade *= 1. - .5 * S(1.2, 1., e);
  if (e < 1.) { d = e; v = w; id = k; R = size; shade = 1.; }
 }
 if (d < 1.) {
  vec3 tint = (.6 + .4 * cos(6.28 * (pick(9.) + .5 * (pick(id + 1.3) - .5) + vec3(0., .18, .5)))) * mix(.45, 1.25, pick(id + 2.3));
  vec2 g = v * 9. / (R + .15) + id;
  tint = mix(tint, tint.brg * .4, S(.3, .22, length(fract(g) - .5)) * step(.5, rnd(floor(g))) * S(.9, .6, d));
  float a = atan(v.y, v.x);
  tint *= .75 + .5 * S(.5, 1., d) + .25 * sin(a * floor(7. + R * 30.) + 9. * d) * d - .25 * sin(d * 20.) * pick(id + 3.3);
  col = mix(tint, col, S(.55, .25, d + .9 * (fbm(g) - .4)) * pick(id + 3.));
 }
 float shadow = S(-.1, .1, dot(p, light) + .8 * pick(10.) + .8 * noise(p * 2. + scene));
 color = vec4(col * lit * shade * mix(1., .3 + .9 * shadow, pick(11.)), 1.);
}
