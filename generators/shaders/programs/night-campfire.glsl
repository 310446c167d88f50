// Flames by rising warped noise: bonfires, candles, burning ridges or coloured gas fires, with sparks, smoke, lit logs and a glowing ground.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { return fract(sin(dot(p, vec2(39.7, 119.9)))*22573.3); }
float pick(float k) { return rnd(vec2(scene, k)); }
float noise(vec2 p) {
 vec2 i = floor(p), f = p-i; f *= f*(3.-2.*f);
 return mix(mix(rnd(i), rnd(i+vec2(1, 0)), f.x), mix(rnd(i+vec2(0, 1)), rnd(i+1.), f.x), f.y);
}
float fbm(vec2 p) { return .5*noise(p)+.27*noise(p*2.1+5.)+.15*noise(p*4.4)+.08*noise(p*9.1); }
void mainImage(out vec4 color, in vec2 pixel) {
 scene = floor(iTime/2.4);
 vec2 p = (2.*pixel-iResolution.xy)/iResolution.y;
 float base = mix(-.85, -.2, pick(1.)), count = 1.+floor(4.*pick(2.)*pick(3.)), h = pick(4.), t = iTime*2.+scene, glow = 0.;
 vec3 dusk = (.25+.3*cos(6.28*(pick(5.)+vec3(0, .2, .4))))*mix(1.3, .1, sqrt(pick(6.)));
 vec3 col = mix(dusk*1.6, dusk*.3, S(base, 1.2, p.y))+.5*S(.985, 1., rnd(floor(p*60.)))*rnd(floor(p*60.)+3.);
 float hills = base+.15+.5*pick(7.)*noise(p.xx*1.5+scene)+.1*noise(p.xx*12.);
 col = mix(col, dusk*.25, S(.01, -.01, p.y-hills));
 vec3 fire = vec3(0);
 for (float i = 0.; i<count; i++) {
  float k = i*9.+20., size = mix(.6, 2., pick(k))/sqrt(count), x = 2.2*(i+.2+.6*pick(k+1.))/count-1.1;
  float foot = base-.2*pick(k+2.);
  vec2 q = (p-vec2(x, foot))/size;
  float rise = max(q.y+.1, 0.);
  q.x += (fbm(vec2(q.x*1.2+k, q.y*1.1-t))-.5)*(.2+1.3*rise)*mix(.4, 1.2, pick(k+3.))+rise*(pick(8.)-.5);
  float fuel = noise(vec2(q.x*3., q.y*1.5-t*1.4)+k), wide = mix(.2, .55, pick(k+4.));
  float heat = S(1., 0., abs(q.x)/wide*(.6+.45*rise))*S(1.7, -.1, q.y+.7*fuel)*S(-.12, .08, q.y)*(.5+fuel);
  float hue = pick(9.)<.6?.03:h+.2*pick(k+5.);
  vec3 ember = .5+.5*cos(6.28*(hue+vec3(0, .27, .5)));
  fire += ember*heat*1.8+pow(heat, 3.)*vec3(2, 1.8, 1.3);
  float d = length(q-vec2(0, .3)); glow = size/(1.+7.*d*d);
  col += ember*glow*.55;
  for (float j = 0.; j<3.; j++) {   // crossed logs, lit from above
   float a = (j-1.)*.6+.3*pick(k+j);
   vec2 w = mat2(cos(a), -sin(a), sin(a), cos(a))*(p-vec2(x, foot-.02))/size;
   float b = max(abs(w.x)-.42, abs(w.y)-.07);
   col = mix(col, (ember*S(-.08, .09, w.y)+.06)*(.3+noise(w*vec2(6, 50))), S(.02, 0., b));
   fire *= 1.-.6*S(.02, 0., b);
  }
 }
 vec2 g = p*9.+vec2(sin(p.y*5.+t)*.8, -t*2.), id = floor(g);
 float spark = S(.12, 0., length(fract(g)-.2-.6*rnd(id)))*step(.8, rnd(id+2.))*S(1.4, -.2, p.y)*S(1., .2, abs(p.x));
 col += .5*S(.35, .8, fbm(p*1.5-vec2(0, t*.3)))*S(-.3, 1., p.y)*pick(10.);
 color = vec4(1.-exp(-1.5*(col+fire+spark*vec3(1.5, .8, .3))), 1);
}
