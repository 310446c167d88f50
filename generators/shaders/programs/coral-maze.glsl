// Brain coral and other reaction-diffusion labyrinths: band-passed warped noise thresholded to ridges or spots, bump lit, with polyps, sand and depth haze.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { return fract(sin(dot(p, vec2(27.9, 163.3)))*19219.3); }
float pick(float k) { return rnd(vec2(scene, k)); }
float noise(vec2 p) {
 vec2 i = floor(p), f = p - i; f *= f*(3. - 2.*f);
 return mix(mix(rnd(i), rnd(i + vec2(1, 0)), f.x), mix(rnd(i + vec2(0, 1)), rnd(i + 1.), f.x), f.y);
}
// sum of plane waves of one length with slowly turning phases: a Turing-like pattern
float turing(vec2 p) {
 float s = 0.;
 vec2 w = 1.6*vec2(noise(p*.22), noise(p*.22 + 30.));
 for (float i = 0.; i < 7.; i++) {
  float a = 6.28*rnd(vec2(i, scene)), b = 6.28*noise(p*.18 + i*9.);
  s += cos(dot(p, vec2(cos(a), sin(a)))*4. + b*2. + 2.*w.x + .2*iTime);
 }
 return s*.3;
}
float relief(vec2 p, float bias) { float s = turing(p) + bias; return S(-.5, .5, s) + .25*S(.3, 1.2, s); }
void mainImage(out vec4 color, in vec2 pixel) {
 scene = floor(iTime/2.3);
 vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
 float la = 6.28*pick(1.);
 vec3 light = normalize(vec3(cos(la), sin(la), .5)), sea = .4 + .4*cos(6.28*(pick(2.)*.4 + vec3(.55, .4, .2)));
 vec3 col = mix(sea*.4, vec3(.9, .8, .6), .5*noise(p*30.))*(.6 + .5*noise(p*3. + scene));
 float heads = floor(1. + 6.*pick(4.)), z = 0., shade = 1., id = -1., zoom = mix(1.5, 7., pick(5.));
 vec2 v = p;
 for (float i = 0.; i < heads; i++) {                 // coral heads are domes, nearer ones in front
  float r = heads < 2. ? 2.5 : mix(.3, .95, pick(i + 20.))*(1.2 - .4*i/heads);
  vec2 c = (2.4*vec2(pick(i + 30.), pick(i + 40.)) - 1.2), q = (p - c)/r;
  q += .12*sin(q.yx*4. + i);
  shade *= 1. - .7*S(1.25, .85, length(q + .15*light.xy));
  if (dot(q, q) < 1.) { z = sqrt(1. - dot(q, q)); v = q*r; id = i; shade = 1.; }
 }
 if (id >= 0.) {
  vec2 q = v*zoom*mix(.7, 1.5, pick(id + 50.))*(1.5 - .5*z) + id*20., e = vec2(.05, 0);
  float bias = 1.6*(pick(id + 60.) - .5), h = relief(q, bias);
  vec3 n = normalize(vec3((h - relief(q + e.xy, bias))*7., (h - relief(q + e.yx, bias))*7., 1.) + vec3(v*1.2, 0)/(z + .3));
  float lit = max(dot(n, light), 0.), spark = pow(max(n.z*light.z + dot(n.xy, light.xy), 0.), 20.);
  float hu = pick(6.) + .5*pick(7.)*pick(id + 70.);
  vec3 ridge = .55 + .45*cos(6.28*(hu + vec3(0, .25, .55))), valley = .45 + .45*cos(6.28*(hu + mix(.1, .5, pick(8.)) + vec3(0, .25, .55)));
  float dots = S(.3, .15, length(fract(q*3.5) - .5))*(1. - h);
  col = mix(valley*.45, ridge, h)*(.3 + lit) + .3*spark + valley.gbr*dots*.5;
  col = mix(col, sea*.6, .35*(1. - id/heads)*pick(9.));
 }
 float ray = S(.45, .75, noise(p*vec2(3, .4) + p.yx + .3*iTime));
 color = vec4(col*shade*(1.35 + .3*p.y) + .15*sea*ray, 1);
}
