// Analytic ray tracing with three bounces: matt and mirror spheres of many sizes on tiled ground under a cloudy gradient sky.
float seed;
vec4 ball[10];
float R(float k){return fract(sin(seed*13.07+k*3.939)*43758.5453);}
float hash(vec2 p){return fract(sin(dot(p,vec2(45.1,17.9)))*35731.7);}
vec3 tint(float x){return .52+.46*cos(6.2832*(x+R(2.)+vec3(0,.33,.67)*(.3+R(3.))));}
float sphere(vec3 o,vec3 d,vec4 s){vec3 q=o-s.xyz;float b=dot(q,d),h=b*b-dot(q,q)+s.w*s.w;return h<0.?1e4:-b-sqrt(h);}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);
 float spread=mix(1.8,3.6,R(4.));
 for(int i=0;i<10;i++){
  float k=float(i),r=mix(.18,1.3,R(k+10.)*R(k+11.));
  ball[i]=vec4((R(k+20.)*2.-1.)*spread,r,(R(k+40.)-.5)*2.*spread,r);
 }
 float a=R(5.)*6.28+.1*iTime,h=mix(.35,5.,R(6.)*R(7.));
 vec3 ro=vec3(cos(a)*(spread*1.5+1.),h,sin(a)*(spread*1.5+1.)),w=normalize(vec3(0,.6,0)-ro);
 vec3 u=normalize(cross(w,vec3(0,1,0))),rd=normalize(uv.x*u+uv.y*cross(u,w)+mix(1.,2.2,R(9.))*w);
 vec3 L=normalize(vec3(R(50.)-.5,mix(.2,.8,R(51.)),R(52.)-.5)),col=vec3(0),gain=vec3(1);
 float kind=floor(R(53.)*4.),scale=mix(.5,1.6,R(54.));
 for(int b=0;b<4;b++){
  float t=rd.y<0.?-ro.y/rd.y:1e4,id=-1.;vec4 s=vec4(0);
  for(int i=0;i<10;i++){float q=sphere(ro,rd,ball[i]);if(q>.001&&q<t){t=q;id=float(i);s=ball[i];}}
  vec3 sky=mix(tint(.1),tint(.55)*.5,clamp(rd.y*1.4,0.,1.));
  vec2 cl=rd.xz/(abs(rd.y)+.15)*2.;
  sky+=.25*smoothstep(.2,1.,sin(cl.x+sin(cl.y*1.7+seed)))+1.5*pow(max(dot(rd,L),0.),200.);
  if(t>60.){col+=gain*sky;break;}
  vec3 p=ro+rd*t,n=vec3(0,1,0),alb;float mirror=.06;
  if(id<0.){
   vec2 q=p.xz*scale,f=fract(q),c=floor(q);
   float m=mod(c.x+c.y,2.);
   if(kind<1.) m=hash(c);else if(kind<2.) m=step(.5,fract(length(q)*.6));else if(kind<3.) m=step(length(f-.5),.36);
   alb=mix(tint(.8),tint(.25)*.3,m);
   mirror=.2*R(55.);
  } else {
   n=(p-s.xyz)/s.w;mirror=step(.55,R(id+60.))*.8+.06;
   alb=tint(id*.23);
   if(R(id+70.)<.4) alb*=.45+.6*step(0.,sin((n.y*4.+n.x*R(id+80.)*6.)*mix(1.5,4.,R(id+90.))));
  }
  float sh=1.;
  for(int i=0;i<10;i++){
   vec3 q=ball[i].xyz-p;float along=dot(q,L);
   if(float(i)!=id&&along>0.) sh=min(sh,smoothstep(-.1,.15,(length(q-L*along)-ball[i].w)/(.3+along*.4)));
  }
  float fres=mirror+(1.-mirror)*.5*pow(1.-max(dot(n,-rd),0.),5.);
  vec3 lit=alb*(max(dot(n,L),0.)*sh*1.2+.3)+sh*pow(max(dot(reflect(rd,n),L),0.),40.);
  col+=gain*mix(lit,tint(.55)*.4,1.-exp(-t*t*.0012))*(1.-fres);
  gain*=fres*(id<0.?vec3(1):mix(vec3(1),alb,.5));
  ro=p+n*.002;rd=reflect(rd,n);
 }
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
