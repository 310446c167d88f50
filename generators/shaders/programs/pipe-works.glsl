// Crossing pipes along three axes with flanges, valves and gauge rings: repeated cylinders, each hashed for bore and paint.
float seed,gap,id;
float R(float k){return fract(sin(seed*16.9+k*2.37)*43758.5453);}
vec3 pal(float a,float b){return .5+.46*cos(6.28*(a+b*vec3(0,.17,.36)));}
float best;
void pipes(vec3 p,float layer){ // one family running along x
 vec2 i=floor(p.yz/gap),q=p.yz-(i+.5)*gap;
 float h=fract(sin(dot(i,vec2(12.3,45.7))+layer*3.1+seed)*4375.5);
 if(h<.35) return;
 q-=(fract(h*vec2(13,29))-.5)*gap*.4;
 float r=gap*mix(.05,.24,fract(h*7.)*fract(h*51.)),l=length(q),d=l-r;
 float x=mod(p.x+h*9.,gap*2.)-gap,ring=abs(x)-.07*gap;
 d=min(d,max(l-r*1.35-.02,ring)); // flange
 float bolt=length(vec2(l-r*1.2-.02,abs(ring-.01)))-.01;d=min(d,bolt);
 float wheel=max(abs(length(vec2(x-gap*.5,q.x))-r*1.5)-.03,abs(q.y-r*2.)-.03);
 if(fract(h*113.)<.5) d=min(d,min(wheel,max(length(vec2(x-gap*.5,q.x))-.03,abs(q.y-r)-r)));
 if(d<best){best=d;id=h*10.+layer;}
}
float map(vec3 p){
 best=gap*.45;id=-1.;
 pipes(p,0.);pipes(p.yzx+gap*.5,1.);pipes(p.zxy+gap*.25,2.);
 return best;
}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);gap=mix(.9,1.8,R(1.));
 float a=R(2.)*6.28+.1*sin(iTime),e=(R(3.)-.5)*2.,far=mix(4.,11.,R(4.));
 vec3 w=vec3(cos(e)*sin(a),sin(e),cos(e)*cos(a)),u=normalize(vec3(w.z,0,-w.x)),ro=vec3(R(5.),R(6.),R(7.))*30.+w*iTime*.15;
 vec3 rd=normalize(uv.x*u+uv.y*cross(w,u)+mix(.6,1.5,R(8.))*w),L=normalize(vec3(R(9.)-.5,R(10.)*.6+.2,R(11.)-.5));
 vec3 air=pal(R(12.),mix(.4,1.5,R(13.)))*mix(.3,1.,R(14.));air=mix(air,air.gbr*.5,.5-.5*rd.y);
 float t=.2,d=0.;
 for(int i=0;i<40;i++){d=map(ro+rd*t);if(d<.003*t||t>far) break;t+=d;}
 vec3 col=air;
 if(t<far){
  vec3 p=ro+rd*t;vec2 k=vec2(.004,0);
  map(p);float h=id;
  vec3 n=normalize(vec3(map(p+k.xyy),map(p+k.yxy),map(p+k.yyx))-map(p)+1e-6),r=reflect(rd,n);
  vec3 alb=pal(R(15.)+h*mix(.03,.3,R(16.)),mix(.3,1.8,R(17.)));
  float stripe=dot(p,mod(floor(h),3.)<1.?vec3(1,.5,.5):vec3(.5,1,.7));
  if(fract(h*7.7)<.25) alb=mix(vec3(.95,.8,.1),vec3(.08),step(.5,fract(stripe*3.))); // hazard tape
  float rust=sin(p.x*7.+3.*sin(p.y*5.))*sin(p.z*6.+2.*sin(p.x*9.));
  alb=mix(alb,vec3(.4,.18,.08),smoothstep(.2,.8,rust)*R(18.));
  float sh=1.,s=.04;
  for(int i=0;i<7;i++){float m=map(p+n*.02+L*s);sh=min(sh,9.*m/s);s+=clamp(m,.06,.4);}
  sh=clamp(sh,0.,1.);
  float ao=clamp(map(p+n*.15)/.15,0.,1.);
  col=alb*(1.3*sh*max(dot(n,L),0.)+ao*(.25+.2*n.y)*(.6+air))+.3*ao*air*smoothstep(-.2,.8,r.y)+sh*pow(max(dot(r,L),0.),30.);
  col=mix(col,air,smoothstep(.25,1.,t/far));
 }
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
