// Flank of a fish, snake or dragon: overlapping scale rows that grow and curve, each domed with growth rings, a keel, a highlight and a cast shadow.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { return fract(sin(dot(p, vec2(33.1, 147.7))) * 23119.7); }
float pick(float k) { return rnd(vec2(scene, k)); }
float noise(vec2 p) {
 vec2 i = floor(p), f = p - i; f *= f * (3. - 2. * f);
 return mix(mix(rnd(i), rnd(i + vec2(1, 0)), f.x), mix(rnd(i + vec2(0, 1)), rnd(i + 1.), f.x), f.y);
}
void mainImage(out vec4 color, in vec2 pixel) {
 scene = floor(iTime / 1.7);
 vec2 s = (2. * pixel - iResolution.xy) / iResolution.y, p = s;
 float turn = 6.28 * pick(1.), la = 6.28 * pick(2.) + .5 * sin(iTime), zoom = exp(mix(.3, 2., pick(3.))), fan = .1 + pick(4.);
 p = mat2(cos(turn), sin(turn), -sin(turn), cos(turn)) * p;
 p += .25 * sin(p.yx * mix(.8, 3., pick(5.)) + iTime * .5 + scene) * pick(6.);
 vec2 body = p;
 p.x /= 1. + .4 * fan * p.y; p.y = log(1. + .3 * fan * (p.y + 1.2)) / (.3 * fan + .01);  // rows spread and stretch
 p = p * zoom * vec2(1, mix(.7, 1.6, pick(7.))) + 20.;
 float tip = mix(.7, 2.2, pick(8.)), keel = step(.6, pick(9.)), row = floor(p.y * 2.);
 vec2 v = vec2(0), id = v; float d = 9., shade = 1.;
 // nearer rows hang over the rows below: test from top to bottom, last hit wins
 for (float k = 3.; k >= 0.; k--) {
  float r = row + k, x = p.x + .5 * mod(r, 2.);
  vec2 c = vec2(floor(x), r), q = vec2((x - c.x - .5) * 2., p.y * 2. - r - 1.) / vec2(1.05, 1.9);
  float e = pow(abs(q.x), tip) + q.y * q.y * S(.3, -.3, q.y) + max(q.y - 1., 0.) * 9.;
  shade *= 1. - .4 * S(1.35, .9, pow(abs(q.x), tip) + (q.y + .16) * (q.y + .16) * S(.3, -.3, q.y));
  if (e < 1. && q.y < .9) { v = q; id = c; d = e; shade = 1.; }
 }
 vec2 light = vec2(cos(la), sin(la));
 float field = noise(id * mix(.08, .4, pick(10.)) + scene), big = noise(id * .12 + 40.);
 vec3 tint = .5 + .5 * cos(6.28 * (pick(11.) + mix(.1, .7, pick(12.)) * (big + .3 * S(.4, .6, field)) + vec3(0, .25, .5)));
 tint = (tint + .12) * mix(.5, 1.4, S(.35, .65, field)) * (.8 + .4 * rnd(id));
 tint = mix(tint, vec3(.9, .88, .8), S(.2, 1.2, body.x * (pick(13.) - .5) * 4. + .2 * field) * .8);
 float dome = dot(v, light) + .3, ring = .5 + .5 * sin(length(v - vec2(0, 1)) * mix(14., 40., pick(14.)));
 vec3 col = tint * (.7 + .5 * dome - .4 * S(.6, 1., d)) * (.85 + .2 * ring);
 col += tint * .5 * keel * S(.1, .02, abs(v.x)) + vec3(1, .95, .85) * (.15 + .7 * pick(15.)) * S(.45, 0., length(v - light * .4));
 col += .4 * tint.brg * S(.12, 0., abs(d - .85)) * pick(16.);
 float barrel = 1. - .5 * pow(abs(body.x - .5 * (pick(17.) - .5)), 2.);
 color = vec4(col * shade * barrel * (1.1 + .4 * dot(s, light)), 1);
}
