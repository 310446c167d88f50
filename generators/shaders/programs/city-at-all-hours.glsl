// City blocks walked cell by cell: boxes of random height, lit or sunlit windows, streets, day, dusk and night skies.
float seed;
float R(float k){return fract(sin(seed*5.37+k*9.17)*43758.5453);}
float hash(vec2 p){return fract(sin(dot(p,vec2(27.17,61.73))+seed*.7)*7531.17);}
float tall(vec2 c){float h=hash(c);return h<.14?.03:mix(.3,mix(1.,5.5,R(1.)),h*h*hash(floor(c/4.))+.1*h);}
float trace(vec3 ro,vec3 rd,int steps,out vec3 n,out vec2 c){
 c=floor(ro.xz);n=vec3(0,1,0);
 vec3 inv=1./(rd+vec3(1e-5));
 for(int i=0;i<46;i++){
  if(i>=steps) break;
  vec3 size=vec3(.39,tall(c),.39),o=ro-vec3(c.x+.5,0,c.y+.5);
  vec3 a=-inv*o,b=abs(inv)*size,lo=a-b,hi=a+b;
  float near=max(lo.x,max(lo.y,lo.z)),far=min(hi.x,min(hi.y,hi.z));
  if(near<far&&near>0.){n=-sign(rd)*step(lo.yzx,lo)*step(lo.zxy,lo);return near;}
  vec2 side=(c+.5+.5*sign(rd.xz)-ro.xz)*inv.xz;
  if(side.x<side.y) c.x+=sign(rd.x);else c.y+=sign(rd.z);
 }
 return 1e3;
}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);
 float yaw=R(2.)*6.28+.05*iTime,night=step(.65,R(3.)),pitch=-mix(.05,1.2,R(4.)*R(5.));
 vec3 ro=vec3(R(6.)*90.,mix(1.5,6.5,R(7.)),R(8.)*90.+iTime*.3);
 vec3 w=vec3(sin(yaw)*cos(pitch),sin(pitch),cos(yaw)*cos(pitch)),u=normalize(vec3(w.z,0,-w.x));
 vec3 rd=normalize(uv.x*u+uv.y*cross(w,u)+w*mix(.7,2.2,R(9.)));
 vec3 L=normalize(vec3(R(10.)-.5,mix(.15,.7,R(11.)),R(12.)-.5));
 vec3 horizon=.6+.4*cos(6.28*(R(13.)+vec3(0,.15,.35))),zenith=.4+.4*cos(6.28*(R(14.)+vec3(0,.2,.4)));
 vec3 sky=mix(horizon,zenith,sqrt(max(rd.y,0.)))*mix(1.,.35,night);
 vec3 n,n2;vec2 c,c2;
 float t=trace(ro,rd,46,n,c),g=-ro.y/rd.y;
 vec3 col=sky;
 if(t<1e3||g>0.){
  bool street=g>0.&&g<t;
  if(street){t=g;n=vec3(0,1,0);}
  vec3 p=ro+rd*t,alb,glow=vec3(0);
  if(street){
   vec2 f=abs(fract(p.xz+.5)-.5);
   float m=min(f.x,f.y),line=step(m,.008)*step(.5,fract((p.x+p.z)*6.));
   alb=mix(hash(floor(p.xz))<.14?vec3(.25,.5,.15):vec3(.55,.5,.45),vec3(.17)+line*.7,step(m,.09));
  } else {
   alb=.5+.4*cos(6.28*(hash(c+3.)*mix(.15,1.,R(15.))+R(16.)+vec3(0,.12,.25)));
   vec2 f=vec2(abs(n.x)>.5?p.z:p.x,p.y)*mix(6.,14.,hash(c+5.));
   vec2 pane=step(.3,fract(f));
   if(n.y<.5){
    float win=pane.x*(hash(c+8.)<.3?1.:pane.y),lit=step(.55,hash(floor(f)+c*3.));
    alb=mix(alb,vec3(.12,.18,.25)+.3*sky,win);
    glow=night*win*lit*vec3(1,.8,.4);
   } else alb*=.6+.5*hash(floor(p.xz*11.));
  }
  float sh=trace(p+n*.002,L,9,n2,c2)>999.?1.:0.;
  col=alb*(sh*max(dot(n,L),0.)*(1.3-1.1*night)+.35*(horizon*.6+.4))+glow;
  col=mix(sky,col,exp(-t*t*mix(.0003,.006,R(17.))));
 }
 color=vec4(pow(clamp(col,0.,1.),vec3(.6)),1.);
}
