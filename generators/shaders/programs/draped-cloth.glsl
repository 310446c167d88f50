// Overlapping draped fabrics: several hung or gathered cloths with folds, hems, prints and cast shadows, front over back.
float seed;
float rnd(float k){return fract(sin(seed*5.03+k*8.37)*43758.5453);}
float hash(vec2 p){return fract(sin(dot(p,vec2(67.3,23.9)))*7127.7);}
vec3 pal(float a,float b){return .52+.46*cos(6.28*(a+b*vec3(0,.17,.36)));}
float gather;
 // height of the folds: gathered at a pin, fanning out and turning into broad waves
float folds(vec2 q,float k){
 float fan=mix(1.,1.6/(.5+max(1.3-q.y,.05)),gather),x=q.x*fan*mix(3.,10.,rnd(k+1.))+.5*sin(q.y*mix(.5,4.,rnd(k+2.))+k+iTime*.7);
 float h=sin(x)+.4*sin(x*2.3+q.y*2.+k)+.3*sin(x*.45-q.y*3.*rnd(k+3.));
 h=mix(h,1.-2.*abs(fract(x*.16+.06*sin(q.y*5.))-.5)*2.,.4*rnd(k+4.));
 float swag=sin(length(q-vec2(0,1.6))*mix(6.,16.,rnd(k+5.))+.6*sin(q.x*3.)); // curved catenary pulls
 return mix(h,swag,smoothstep(.4,.8,rnd(k+6.))*.8)*mix(.03,.1,rnd(k+7.));
}
float hem(vec2 q,float k){return q.y+mix(.9,-.5,rnd(k+8.))+mix(0.,1.2,rnd(k+9.))*q.x*(rnd(k+10.)-.4)+1.2*folds(q*vec2(1,.3),k)+.12*sin(q.x*3.+k);}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);
 float la=rnd(100.)*6.28;vec3 L=normalize(vec3(cos(la),sin(la),mix(.4,1.,rnd(101.)))),V=vec3(0,0,1);
 vec3 col=vec3(0);float hue=rnd(102.),span=mix(.2,1.,rnd(103.));
 for(int i=0;i<4;i++){
  float k=float(i)*20.,a=(i==0?1.:mix(.3,1.,rnd(104.)))*(rnd(k+11.)-.5)*5.,zoom=mix(.7,1.7,rnd(k+12.));gather=step(.5,rnd(k+13.));
  mat2 R=mat2(cos(a),sin(a),-sin(a),cos(a));vec2 q=R*uv*zoom,shift=R*L.xy*.14;
  float edge=i==0?1.:hem(q,k),shade=i==0?1.:hem(q+shift,k);
  if(i>0) col*=mix(.35,1.,smoothstep(.12,-.1,shade)*1.); // shadow cast on the cloth below
  if(i>0&&edge<0.){col/=mix(.35,1.,smoothstep(.12,-.1,shade));col*=mix(.45,1.,smoothstep(0.,-.22,shade));continue;}
  vec2 e=vec2(.01,0);float h=folds(q,k);
  vec2 g=vec2(folds(q+e,k)-h,folds(q+e.yx,k)-h)/e.x;vec3 n=normalize(vec3(-(g*R)*mix(.8,2.,rnd(k+14.)),1.));
  vec2 s=q*mix(2.,7.,rnd(k+15.))+g*.12,f=fract(s)-.5;float kind=floor(rnd(k+16.)*6.),m=0.;
  if(kind<1.) m=.5*(step(.55,fract(s.x))+step(.55,fract(s.y)));else if(kind<2.) m=step(length(f),.3);
  else if(kind<3.) m=step(.5,fract(s.x+.2*sin(s.y*2.)));else if(kind<4.) m=step(length(f),.18+.14*cos(atan(f.y,f.x)*5.+hash(floor(s))*6.));
  else if(kind<5.) m=step(.6,fract(s.y))*step(.3,fract(s.y*3.));
  float base=hue+span*rnd(k+17.);vec3 alb=mix(pal(base,1.)*mix(.4,1.,rnd(k+18.)),pal(base+.3+.3*rnd(k+19.),1.),m);
  alb*=.86+.14*sin(q.x*190.)*sin(q.y*190.);
  if(i>0) alb=mix(alb,pal(base+.5,.7),step(edge,.07)*step(.03,edge)); // hem band
  float silk=rnd(k+21.),d=max(dot(n,L),0.),spec=pow(max(dot(reflect(-V,n),L),0.),mix(4.,30.,silk));
  col=alb*(1.15*d+.22+2.2*h)+silk*spec*.6*(alb*.5+.5)+.3*alb*pow(1.-n.z,2.);
  col*=mix(1.1,.6,smoothstep(.6,1.6,length(uv-L.xy*.6)));
 }
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
