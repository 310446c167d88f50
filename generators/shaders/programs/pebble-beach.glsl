// Pebbles heaped on a beach: shaded, banded and speckled stones of three sizes casting shadows, with a foaming water edge refracting those below it.
#define S smoothstep
float scene = 0.;
vec2 rnd(vec2 p) { return fract(sin(vec2(dot(p,vec2(37.3,127.7)),dot(p,vec2(71.9,53.3))))*18713.7); }
float pick(float k) { return rnd(vec2(scene,k)).x; }
float noise(vec2 p) {
 vec2 i = floor(p),f = p-i; f *= f*(3.-2.*f);
 return mix(mix(rnd(i).x,rnd(i+vec2(1,0)).x,f.x),mix(rnd(i+vec2(0,1)).x,rnd(i+1.).x,f.x),f.y);
}
void mainImage(out vec4 color,in vec2 pixel) {
 scene = floor(iTime/2.7);
 vec2 s = (2.*pixel-iResolution.xy)/iResolution.y;
 float la = 6.28*pick(1.),turn = 6.28*pick(2.);
 vec2 light = vec2(cos(la),sin(la)),shore = vec2(cos(turn),sin(turn));
 float sea = dot(s,shore)+.4*noise(s*2.+scene)+.1*sin(iTime)+mix(-1.4,.4,pick(4.)),wet = S(-.25,0.,sea),water = S(0.,.02,sea);
 vec2 p = s+water*.04*vec2(noise(s*7.+iTime),noise(s*7.-iTime))*S(0.,.5,sea);
 p = p*mix(.6,1.4,pick(5.))+scene*2.;
 vec3 sand = mix(vec3(.8,.7,.5),.5+.4*cos(6.28*(pick(6.)+vec3(0,.1,.2))),.6);
 vec3 col = sand*(.45+.5*noise(p*60.)*noise(p*9.));
 for (float layer = 0.; layer<3.; layer++) {
  float scale = mix(7.,1.3,layer/2.)*mix(.7,1.2,pick(layer+20.)),gap = layer<1.?0.:mix(.1,.8,pick(layer+30.));
  vec2 q = p*scale+layer*13.;
  float a = 9.,z = 0.,shade = 1.; vec2 v = q,id = q;
  for (int n = 0; n<9; n++) {
   vec2 g = floor(q)+vec2(n % 3-1,n/3-1),r = rnd(g+4.4),c = q-g-.2-.6*rnd(g);
   float t = 6.28*r.x;
   mat2 m = mat2(cos(t),-sin(t),sin(t),cos(t))/(.34+.3*r.y);
   m[0].y *= 1.+.8*r.y; m[1].y *= 1.+.8*r.y;
   c = m*c;
   vec2 off = m*light*.12;
   float d = dot(c,c)+.2*c.x*c.y;
   float here = step(gap,rnd(g+9.).x);
   shade = min(shade,1.-.65*here*S(1.4,.6,dot(c+off,c+off)));
   if (here>.5&&d<min(a,1.)) { a = d; v = c; id = g; z = dot(c,off)*3.5; }
  }
  col *= shade;
  if (a<1.) {
   vec2 r = rnd(id+7.),w = v+.3*noise(v*3.+id);
   vec3 tint = mix(vec3(.25+.65*r.x),.5+.45*cos(6.28*(pick(7.)+mix(.1,.8,pick(8.))*r.y+vec3(0,.15,.35))),.3+.6*pick(9.));
   tint *= 1.+.5*(noise(w*9.+id)-.5);
   if (r.x>.55) tint = mix(tint,vec3(.95,.93,.88),S(.85,.95,sin(w.y*(2.+9.*r.y)+r.x*20.)));
   else tint = mix(tint,tint*.35,S(.6,.7,noise(v*(8.+20.*r.y))));
   float dome = sqrt(1.-a);
   col = tint*(.3+.45*dome+.55*z*(1.-dome*.5))+(.1+.6*wet)*S(.8,1.,z);
  }
 }
 col *= 1.-.3*wet;
 vec3 deep = .35+.3*cos(6.28*(vec3(.5,.35,.2)+.12*pick(10.)));
 col = mix(col,deep,water*S(0.,1.6,sea));
 col = mix(col,vec3(.95,.97,1),S(.06,0.,abs(sea-.02)-.05*noise(s*12.)));
 color = vec4(col,1);
}
