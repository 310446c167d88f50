// A glade of mushrooms in two sizes with spotted, striped or plain caps, on mossy ground before dim tree trunks.
float seed,what;
vec4 look; // cap width, cap height, stem width, bend
vec3 info;
float R(float k){return fract(sin(seed*14.7+k*6.17)*43758.5453);}
float hash(vec2 p){return fract(sin(dot(p,vec2(52.9,19.7))+seed)*7951.7);}
float bump(vec2 p){return .12*sin(p.x*1.3+seed)*sin(p.y*1.1);}
vec3 pal(float a,float b){return .5+.46*cos(6.28*(a+b*vec3(0,.17,.36)));}
void cell(vec3 p,float gap,float layer){
 vec2 i=floor(p.xz/gap),q=p.xz-(i+.5)*gap;
 float h=hash(i+layer),s=gap*mix(.28,.6,h),y=p.y/s,v=fract(h*37.);
 q=(q-(fract(h*vec2(57,91))-.5)*gap*.25)/s;
 q.x-=look.w*(v-.5)*y*y;
 float top=mix(.7,1.7,v)*mix(.6,1.,look.y),l=length(q),stem=max(l-look.z*(1.2-.4*y/top),y-top);
 float cap=max((length(vec2(l/look.x,(y-top)/look.y))-.5)*min(look.x,look.y),top-.04-y-.12*cos(l*4.))*.8;
 float d=h>.85?1.:min(stem,cap)*s;
 if(d<info.x){info=vec3(d,cap<stem?1.:2.,v);what=y-top;}
}
float map(vec3 p){
 float g=p.y-bump(p.xz);p.y=g;
 info=vec3(g,0,0);
 cell(p,1.9,0.);cell(p+vec3(.4,0,.7),.63,17.);
 return info.x*.8;
}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);
 look=vec4(mix(.55,1.25,R(1.)),mix(.35,1.3,R(2.)),mix(.06,.2,R(3.)),mix(0.,.5,R(4.)));
 float a=R(5.)*6.28,e=mix(.35,-.8,R(6.)),h=mix(.25,1.9,R(6.));
 vec3 w=vec3(cos(e)*sin(a),sin(e),cos(e)*cos(a)),u=normalize(vec3(w.z,0,-w.x)),ro=vec3(R(7.)*30.,h,iTime*.15);
 vec3 rd=normalize(uv.x*u+uv.y*cross(w,u)+mix(.8,1.6,R(8.))*w),L=normalize(vec3(R(9.)-.5,mix(.25,.9,R(10.)),R(11.)-.5));
 vec3 mist=pal(R(12.),mix(.4,1.5,R(13.))),moss=pal(mix(.2,.5,R(14.)),.8)*.6;
 float az=atan(rd.x,rd.z)*mix(3.,8.,R(15.))+.2*sin(rd.y*4.),trunk=step(.55,hash(vec2(floor(az),1.)))*step(abs(fract(az)-.5),.28);
 vec3 sky=mix(mist,mist.gbr*.35,clamp(rd.y*1.3,0.,1.));sky=mix(sky,sky*.35,trunk*.8);
 float t=.15,d=0.;
 for(int i=0;i<46;i++){d=map(ro+rd*t);if(d<.003*t||t>14.) break;t+=min(d,.6);}
 vec3 col=sky;
 if(t<14.){
  vec3 p=ro+rd*t;vec2 k=vec2(.006,0);
  map(p);vec3 id=info;float y=what;
  vec3 n=normalize(vec3(map(p+k.xyy),map(p+k.yxy),map(p+k.yyx))-map(p)),alb;
  float grit=hash(floor(p.xz*40.)+floor(p.y*40.));
  if(id.y<.5) alb=mix(moss,moss.brg*.7,smoothstep(-.3,.6,sin(p.x*3.+sin(p.z*4.))))*(.5+.8*grit);
  else if(id.y>1.5) alb=vec3(.9,.84,.7);
  else {
   alb=pal(R(16.)+id.z*mix(.1,1.,R(17.)),mix(.4,1.8,R(18.)));
   vec2 f=fract(p.xz*9.)-.5;
   if(R(19.)<.5) alb=mix(alb,vec3(.96,.93,.85),step(length(f),.3));else alb*=.6+.4*step(0.,sin(y*60.*R(20.)));
  }
  float sh=1.,s=.05;
  for(int i=0;i<8;i++){float m=map(p+n*.02+L*s);sh=min(sh,7.*m/s);s+=clamp(m,.07,.4);}
  float ao=clamp(map(p+n*.2)*5.,0.,1.);
  col=alb*(1.5*clamp(sh,0.,1.)*max(dot(n,L),0.)+(.12+.3*ao)*(.4+mist));
  col=mix(col,sky,1.-exp(-t*mix(.04,.15,R(21.))));
 }
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
