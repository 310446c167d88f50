// Eroded mountain ranges with snow line, forest belt, lakes and haze: noise-octave terrain march in many lights.
float seed,rough;
float R(float k){return fract(sin(seed*11.87+k*6.61)*43758.5453);}
float hash(vec2 p){p=fract(p*vec2(.61803,.75488));return fract(317.*p.x*p.y*(p.x+p.y+.5));}
vec3 slope(vec2 p){ // value noise and its derivatives
 vec2 i=floor(p),f=fract(p),u=f*f*(3.-2.*f),du=6.*f*(1.-f);
 float a=hash(i),b=hash(i+vec2(1,0)),c=hash(i+vec2(0,1)),d=hash(i+vec2(1,1)),k=a-b-c+d;
 return vec3(a+(b-a)*u.x+(c-a)*u.y+k*u.x*u.y,du*(vec2(b-a,c-a)+k*u.yx));
}
float land(vec2 p,int oct){
 float h=0.,a=1.;vec2 g=vec2(0);p*=.35;
 for(int i=0;i<6;i++){
  if(i>=oct) break;
  vec3 s=slope(p);g+=s.yz*rough;
  h+=a*s.x/(1.+dot(g,g));a*=.5;p=mat2(1.6,1.2,-1.2,1.6)*p+3.;
 }
 return h*2.6;
}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);rough=mix(.35,1.1,R(1.));
 float yaw=R(2.)*6.28,pitch=mix(.05,-.6,R(3.)*R(3.)),lake=mix(.4,1.5,R(4.));
 vec3 ro=vec3(R(5.)*300.,0.,R(6.)*300.+iTime*.3);
 ro.y=max(land(ro.xz,4),lake)+mix(.25,2.,R(3.));
 vec3 w=vec3(sin(yaw)*cos(pitch),sin(pitch),cos(yaw)*cos(pitch)),u=normalize(vec3(w.z,0,-w.x));
 vec3 rd=normalize(uv.x*u+uv.y*cross(w,u)+mix(.8,2.4,R(7.))*w);
 float az=yaw+(R(8.)-.5)*5.;vec3 L=normalize(vec3(sin(az),mix(.12,.8,R(9.)),cos(az)));
 vec3 low=.65+.35*cos(6.28*(R(10.)+vec3(0,.1,.25))),top=.38+.35*cos(6.28*(R(11.)+vec3(.5,.3,.05)));
 vec3 sky=mix(low,top,clamp(rd.y*2.,0.,1.))+vec3(1,.7,.4)*.6*pow(max(dot(rd,L),0.),24.);
 sky+=.35*smoothstep(.45,.9,slope(rd.xz/(abs(rd.y)+.1)*1.5+seed).x*.6+.4*slope(rd.xz/(abs(rd.y)+.1)*4.).x);
 float t=.1,h=1.;
 for(int i=0;i<40;i++){vec3 p=ro+rd*t;h=p.y-land(p.xz,4);if(h<.002*t||t>40.) break;t+=h*.5+.006*t;}
 float tl=(lake-ro.y)/rd.y;bool wet=tl>0.&&tl<t;
 vec3 col=sky;
 if(t<40.||wet){
  if(wet) t=tl;
  vec3 p=ro+rd*t;vec2 e=vec2(.01+.003*t,0);
  float y=land(p.xz,6);
  vec3 n=normalize(vec3(y-land(p.xz+e,6),e.x,y-land(p.xz+e.yx,6)));
  float gr=slope(p.xz*9.).x,steep=n.y+.25*gr;
  vec3 rock=(.42+.25*cos(6.28*(R(12.)+vec3(0,.08,.16))))*(.6+.6*slope(vec2(p.y*7.,p.x)).x),alb=rock;
  alb=mix(alb,.35+.3*cos(6.28*(mix(.15,.45,R(13.))+vec3(0,-.2,.15)))*vec3(1,1,.6),smoothstep(.6,.85,steep)*smoothstep(mix(2.,4.,R(14.)),1.2,p.y));
  alb=mix(alb,vec3(.95),smoothstep(.5,.75,steep)*smoothstep(-.2,.3,p.y-mix(1.2,4.,R(15.))+.4*gr));
  float sh=1.,s=.1;
  for(int i=0;i<6;i++){vec3 q=p+L*s;sh=min(sh,.4+7.*(q.y-land(q.xz,3))/s);s*=2.1;}
  col=alb*(1.6*clamp(sh,0.,1.)*max(dot(n,L),0.)*vec3(1.1,.98,.85)+.4*top+.05);
  if(wet){
   vec3 r=reflect(rd,normalize(vec3(.06*(slope(p.xz*vec2(9,30)).xy-.5),1.).xzy));
   col=mix(col*.3+.2*top,mix(low,top,r.y*2.)*(.5+.5*smoothstep(0.,.5,lake+r.y*3.-land(p.xz+r.xz*3.,3))),.25+.6*pow(1.-abs(rd.y),3.));
  }
  col=mix(col,sky,1.-exp(-t*mix(.015,.07,R(16.))));
 }
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
