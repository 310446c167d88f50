// Drying mud at two scales: Voronoi plates with curled, bump-lit edges split by finer cracks, and puddles mirroring a cloudy sky.
#define S smoothstep
float scene = 0., density = 2.;
vec2 rnd(vec2 p) { return fract(sin(vec2(dot(p, vec2(31.7, 119.3)), dot(p, vec2(83.9, 47.1)))) * 23421.63); }
float pick(float k) { return rnd(vec2(scene * 1.3, k)).x; }
float noise(vec2 p) {
 vec2 i = floor(p), f = p - i; f *= f * (3. - 2. * f);
 return mix(mix(rnd(i).x, rnd(i + vec2(1, 0)).x, f.x), mix(rnd(i + vec2(0, 1)).x, rnd(i + 1.).x, f.x), f.y);
}
float fbm(vec2 p) { return .55 * noise(p) + .3 * noise(p * 2.3 + 5.) + .15 * noise(p * 6.7); }
// distance to the border between the two nearest plates, and a plate number
vec2 plates(vec2 p) {
 float a = 9., b = 9., id = 0.; vec2 na = p, nb = p;
 for (int k = 0; k < 9; k++) {
  vec2 g = floor(p) + vec2(k % 3 - 1, k / 3 - 1), c = g + .1 + .8 * rnd(g);
  float d = dot(c - p, c - p);
  if (d < a) { b = a; nb = na; a = d; na = c; id = rnd(g + .7).y; } else if (d < b) { b = d; nb = c; }
 }
 return vec2(dot(.5 * (na + nb) - p, normalize(nb - na + 1e-5)), id);
}
vec3 ground(vec2 p) { // height, plate number, 0 in a crack
 vec2 w = p * density + .45 * vec2(fbm(p * 3.), fbm(p * 3. + 9.)), big = plates(w);
 float crack = S(.01, .09, big.x), fine = mix(1., S(0., .07, plates(w * 2.7).x), pick(7.));
 float curl = mix(-.2, .5, pick(8.)) * exp(-big.x * 7.);
 return vec3(.3 * fbm(p * 5. + big.y * 20.) + (.35 + .25 * big.y + curl) * crack * mix(.7, 1., fine), big.y, crack * fine);
}
void mainImage(out vec4 color, in vec2 pixel) {
 scene = floor(iTime / 2.5);
 vec2 s = (2. * pixel - iResolution.xy) / iResolution.y, e = vec2(.012, 0.), p = s / (1. + .5 * pick(3.) * s.y) + scene * 3.1;
 density = mix(.9, 3.5, pick(1.));
 vec3 h = ground(p), n = normalize(vec3(h.x - ground(p + e.xy).x, h.x - ground(p + e.yx).x, .03));
 float t = 6.3 * pick(2.) + iTime * .3;
 vec3 light = normalize(vec3(cos(t), sin(t), mix(.3, 1., pick(4.))));
 vec3 clay = mix(vec3(.75, .58, .42), .55 + .4 * cos(6.3 * (pick(5.) + vec3(0., .12, .25))), .7);
 clay *= mix(.6, 1.15, h.y) * (.7 + .6 * fbm(p * 9.));
 vec3 deep = .2 + .2 * cos(6.3 * (pick(9.) + vec3(0., .3, .6)));
 vec3 col = mix(deep * pick(10.), clay * (.2 + 1.2 * max(dot(n, light), 0.)), h.z);
 float level = mix(.3, .62, pick(6.)), basin = fbm(p * .8 + 50.) + .25 * h.x;
 col *= 1. - .5 * S(level + .2, level + .1, basin);                               // wet margin
 vec3 sky = mix(vec3(.25, .4, .65), vec3(.95, .85, .75), S(.3, .7, fbm(s * 1.5 + .1 * iTime)));
 col = mix(col, sky, .75 * S(0., -.02, basin - level));
 color = vec4(pow(max(col, 0.), vec3(.8)) * (1.05 - .2 * dot(s, light.xy)), 1.);
}
