// Kaleidoscopic folding of space grows temples, towers and lattices: iterated abs-rotate-scale distance estimate with orbit colour.
float seed, scale, room, size;
vec3 shift, trap;
mat3 turn;
float rnd(float k){ return fract(sin(seed*15.13+k*3.331)*43758.5453); }
float map(vec3 p){
  float s=1.; trap=vec3(9.);
  p=mod(p+room,2.*room)-room;
  for(int i=0;i<5;i++){
    p=abs(p);
    if(p.x<p.y) p.xy=p.yx;
    if(p.x<p.z) p.xz=p.zx;
    p=turn*p*scale-shift*(scale-1.);
    s*=scale; trap=min(trap,abs(p)/sqrt(s));
  }
  vec3 q=abs(p)-size;
  return (length(max(q,0.))+min(max(q.x,max(q.y,q.z)),0.))/s;
}
void mainImage(out vec4 fragColor, in vec2 fragCoord){
  vec2 uv=(2.*fragCoord-iResolution.xy)/iResolution.y;
  seed=floor(iTime/3.); scale=mix(1.5,2.,rnd(2.)); room=mix(.7,1.1,rnd(24.)); size=mix(.5,.9,rnd(1.));
  shift=vec3(1.,rnd(3.),rnd(4.));
  vec3 a=(vec3(rnd(5.),rnd(6.),rnd(7.))-.5)*mix(.1,1.1,rnd(8.))+.02*sin(iTime), c=cos(a), s=sin(a);
  turn=mat3(c.y,0.,s.y,0.,1.,0.,-s.y,0.,c.y)*mat3(c.z,s.z,0.,-s.z,c.z,0.,0.,0.,1.)*mat3(1.,0.,0.,0.,c.x,s.x,0.,-s.x,c.x);
  float b=rnd(9.)*6.28+iTime*.1, e=(rnd(10.)-.5)*2.4, far=room*6.;
  vec3 ro=room*vec3(1.,1.,1.-.1*iTime), w=vec3(cos(b)*cos(e),sin(e),sin(b)*cos(e));
  vec3 u=normalize(cross(w,vec3(.1,1.,.2))), rd=normalize(uv.x*u+uv.y*cross(u,w)+mix(.9,1.7,rnd(14.))*w);
  vec3 hue=vec3(rnd(15.),rnd(16.),rnd(17.)), L=normalize(u*(rnd(18.)-.5)*2.+cross(u,w)*.8-w*rnd(19.));
  vec3 sky=mix(.55+.45*cos(6.28*(hue.x+vec3(0.,.2,.4))),.3+.3*cos(6.28*(hue.y+vec3(0.,.3,.6))),.5+.5*rd.y);
  sky*=.8+.3*sin(atan(uv.y,uv.x)*floor(rnd(20.)*20.))*step(.5,rnd(21.));
  float t=.05,d=0.,n=0.;
  for(int i=0;i<46;i++){ d=map(ro+rd*t); if(d<.0015*t||t>far) break; t+=d; n++; }
  vec3 col=sky;
  if(t<far){
    vec3 p=ro+rd*t; vec2 h=vec2(.003,0.);
    vec3 g=vec3(map(p+h.xyy),map(p+h.yxy),map(p+h.yyx)); float m=map(p); vec3 o=trap;
    vec3 nor=normalize(g-m+1e-7);
    vec3 alb=.55+.45*cos(6.28*(hue.z+o.x*mix(.3,2.,hue.x)+o.y*hue.y+vec3(0.,.25,.55)*mix(.3,1.2,rnd(22.))));
    alb=mix(alb,alb.brg,step(.45,fract(o.z*mix(1.,3.,rnd(23.)))));
    float sh=1., k=.02;
    for(int i=0;i<9;i++){ float v=map(p+nor*.01+L*k); sh=min(sh,9.*v/k); k+=clamp(v,.02,.2); }
    float ao=exp(-n*.035);
    col=alb*(1.3*max(dot(nor,L),0.)*clamp(sh,0.,1.)+ao*(.35+.25*nor.y))+.4*clamp(sh,0.,1.)*pow(max(dot(reflect(rd,nor),L),0.),24.);
    col=mix(col,sky,smoothstep(.2,1.,t/far));
  }
  fragColor=vec4(sqrt(clamp(col,0.,1.)),1.);
}
