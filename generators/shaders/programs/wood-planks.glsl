// Timber: planks sawn from warped ring cylinders, with knots, gaps and dappled foliage shade, and split log ends lying on top.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { return fract(sin(dot(p, vec2(53.1, 171.9)))*17777.3); }
float pick(float k) { return rnd(vec2(scene*1.1 + 2., k*.77)); }
float noise(vec2 p) {
 vec2 i = floor(p), f = p - i; f *= f*(3. - 2.*f);
 return mix(mix(rnd(i), rnd(i + vec2(1, 0)), f.x), mix(rnd(i + vec2(0, 1)), rnd(i + 1.), f.x), f.y);
}
float fbm(vec2 p) { return .6*noise(p) + .4*noise(p*3.3 + 3.); }
vec3 timber(float radius, vec2 grain, float id) {
 float ring = fract(radius);
 vec3 stain = mix(vec3(.9, .62, .35), .6 + .4*cos(6.3*(pick(3.) + vec3(0., .15, .25))), pick(4.));
 return stain*mix(.6, 1.25, rnd(vec2(id, 4.)))*(1. - .55*S(.3, .95, ring)*S(1., .96, ring))*(.75 + .4*noise(grain));
}
void mainImage(out vec4 color, in vec2 pixel) {
 scene = floor(iTime/2.4);
 vec2 s = (2.*pixel - iResolution.xy)/iResolution.y;
 float a = 6.3*pick(1.), width = mix(.25, .9, pick(6.)), len = mix(1.2, 4., pick(7.));
 vec2 p = mat2(cos(a), sin(a), -sin(a), cos(a))*s*mix(.6, 1.8, pick(2.)) + scene;
 float row = floor(p.y/width), y = p.y/width - row;
 p.x += rnd(vec2(row, 1.))*len;
 float n = floor(p.x/len), x = p.x - n*len, id = rnd(vec2(row, n))*90.;
 vec2 q = vec2(x, (y - .5)*width), c = vec2(len*rnd(vec2(id, 1.)), (rnd(vec2(id, 5.)) - .5)*width);
 float d = length((q - c)*vec2(.55, 1.))/(.06 + .1*rnd(vec2(id, 8.)));   // a knot pushes the rings aside
 float radius = length(vec2(q.y + .6*rnd(vec2(id, 2.)) - .3, .3))*mix(12., 40., rnd(vec2(id, 3.))) + 1.5*sign(q.y - c.y)*exp(-d*d*.35) + fbm(q*vec2(1.2, 6.) + id)*2.;
 vec3 col = timber(radius, q*vec2(6., 90.) + id, id);
 col = mix(col, col*vec3(.35, .25, .2)*(.7 + .5*sin(radius*6.)), S(1.1, .7, d));
 col *= .1 + S(.004, .03, min(min(y, 1. - y)*width, min(x, len - x)));
 float R = 0., id2 = 0., shade = 1.; vec2 v = s;
 for (float k = 20.; k < 5. + 60.*pick(8.); k += 5.) {
  float r = mix(.15, .8, pick(k)*pick(k + .3));
  c = s - 2.6*vec2(pick(k + 1.), pick(k + 2.)) + 1.3;
  float t = atan(c.y, c.x); r *= 1. + .12*sin(t*2. + k);
  shade *= 1. - .7*S(1.2, .9, length(c + vec2(-.06, .09))/r);
  if (length(c) < r) { R = r; id2 = k; v = c; shade = 1.; }
 }
 if (R > 0.) {
  float e = length(v)/R, t = atan(v.y, v.x), f = fbm(v*4. + id2);
  col = timber(e*mix(4., 14., pick(id2 + .7)) + f, v*40., id2);
  col = mix(col, vec3(.3, .2, .15)*(.5 + noise(vec2(t, e)*9.)), S(.88, .9, e));
 }
 float sun = S(.4, .6, fbm(s*mix(1., 4., pick(9.)) + .2*iTime + scene));
 color = vec4(col*shade*mix(1.1, .35 + sun, step(.4, pick(10.))), 1.);
}
