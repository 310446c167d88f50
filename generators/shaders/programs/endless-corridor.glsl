// One-point perspective corridors traced analytically: doors, windows, lamps, tiled floors and things left standing in the way.
float seed;
float R(float k){return fract(sin(seed*20.3+k*3.17)*43758.5453);}
float hash(vec2 p){return fract(sin(dot(p,vec2(23.9,81.3))+seed)*6151.3);}
vec3 pal(float a,float b){return .5+.45*cos(6.28*(a+b*vec3(0,.16,.34)));}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);
 vec2 size=vec2(mix(.6,1.8,R(1.)),mix(.8,1.7,R(2.)));
 float a=(R(3.)-.5)*1.7,e=(R(4.)-.5)*.7,bay=mix(1.2,3.,R(7.));
 vec3 w=vec3(sin(a)*cos(e),sin(e),cos(a)*cos(e)),u=normalize(vec3(w.z,0,-w.x));
 vec3 rd=normalize(uv.x*u+uv.y*cross(w,u)+mix(.6,1.5,R(8.))*w)+1e-4,ro=vec3((vec2(R(9.),R(10.))*1.4-.7)*size,R(11.)*50.+iTime*.6);
 vec2 k=(sign(rd.xy)*size-ro.xy)/rd.xy;
 float t=min(k.x,k.y),end=(mix(6.,30.,R(12.)))/max(rd.z,.01),id=-1e3;
 vec3 n=k.x<k.y?vec3(-sign(rd.x),0.,0.):vec3(0.,-sign(rd.y),0.);
 if(end<t){t=end;n=vec3(0,0,-1);}
 float kind=floor(R(13.)*2.),first=floor(ro.z/bay);
 for(int i=0;i<9;i++){ // one ball, box or pillar pair a bay
  float z=first+sign(rd.z)*float(i),h=hash(vec2(z,1)),r=mix(.12,.4,h)*size.x;
  if(h<.3) continue;
  vec3 q=ro-vec3((hash(vec2(z,2))*2.-1.)*(size.x-r),r-size.y,(z+.5)*bay);
  vec3 m=-q/rd,s=abs(vec3(r*.8,kind<1.?9.:r*(1.+h),r*.8)/rd),lo=m-s,hi=m+s;
  float g=max(lo.x,max(lo.y,lo.z));
  if(g>0.&&g<t&&g<min(hi.x,min(hi.y,hi.z))){t=g;n=-sign(rd)*step(lo.yzx,lo)*step(lo.zxy,lo);id=z;}
 }
 vec3 p=ro+rd*t,wall=pal(R(14.),mix(.3,1.5,R(15.))),trim=pal(R(16.),.5)*.5,floor1=pal(R(17.),.7),alb=wall,glow=vec3(0);
 float z=p.z/bay,c=floor(z),f=fract(z)-.5,y=(p.y/size.y+1.)*.5;
 if(id>-1e3) alb=pal(hash(vec2(id,4)),1.)*(.6+.4*step(.5,fract((p.y+p.x)*mix(1.,7.,hash(vec2(id,5))))));
 else if(abs(n.x)>.5){
  alb=abs(y-.3)<.02||y<.05||y>.95?trim:wall*(y<.3?.6:1.)*(.85+.15*step(.5,fract(p.z*mix(1.,8.,R(18.)))));
  float side=n.x*5.+c,what=hash(vec2(side,6));
  if(what<.45&&abs(f)<.25&&y<.72){vec2 d=abs(fract(vec2(f*4.,y*3.))-.5);alb=pal(R(19.)+what,.6)*(max(d.x,d.y)>.38?.5:.9);}
  else if(what<.75&&abs(f)<.3&&abs(y-.58)<.2){vec2 d=abs(fract(vec2(f*3.33,y*5.))-.5);if(max(d.x,d.y)<.43) glow=mix(vec3(.4,.7,1),pal(R(20.),1.),.5)*(.7+y)*R(21.)*1.5;alb=trim;}
 } else if(n.y>.5){
  vec2 q=p.xz*mix(1.,3.,R(22.));float m=R(23.)<.5?mod(floor(q.x)+floor(q.y),2.):hash(floor(q*vec2(3,.7)));
  alb=mix(floor1,floor1*.35+.05,m);if(abs(p.x)<size.x*.45*step(.5,R(24.))) alb=pal(R(25.),.8)*(.8+.2*sin(p.z*9.));
 } else if(n.y<-.5){alb=vec3(.8)*(abs(f)<.46?1.:.4);if(abs(f)<.12&&abs(p.x)<size.x*.4) glow=vec3(1.1,1,.8)*step(.3,hash(vec2(c,8)));}
 vec3 lamp=vec3(0.,size.y*.9,(c+.5)*bay)-p;float far=dot(lamp,lamp),on=step(.3,hash(vec2(c,8)));
 vec2 edge=size-abs(p.xy);float ao=.5+.5*smoothstep(0.,.5,max(edge.x,edge.y));
 vec3 col=alb*ao*((.25+on*.9*(.25+max(dot(n,lamp*inversesqrt(far)),0.))/(.4+far*.5))*vec3(1.15,1,.85)+.18)+glow;
 vec3 fog=pal(R(26.),1.)*mix(.1,1.1,R(27.));
 color=vec4(sqrt(clamp(mix(fog,col,exp(-t*mix(.02,.12,R(28.)))),0.,1.)),1.);
}
