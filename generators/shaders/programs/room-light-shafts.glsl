// Inside a furnished room: sun enters a window grid, falls on floor, rug and boxes, and glows as shafts in dusty air.
float seed;
vec3 room,L;
vec3 boxAt[7],boxSize[7];
float R(float k){return fract(sin(seed*8.31+k*5.77)*43758.5453);}
float hash(vec2 p){return fract(sin(dot(p,vec2(29.3,61.1))+seed)*8573.3);}
vec3 pal(float a,float b){return .5+.45*cos(6.28*(a+b*vec3(0,.15,.33)));}
float slab(vec3 o,vec3 d,vec3 c,vec3 b,out vec3 n){
 vec3 i=1./d,k=(c-o)*i,s=abs(i)*b,lo=k-s,hi=k+s;float a=max(lo.x,max(lo.y,lo.z));
 n=-sign(d)*step(lo.yzx,lo)*step(lo.zxy,lo);
 return a>0.&&a<min(hi.x,min(hi.y,hi.z))?a:1e3;
}
float pane(vec2 q){ // window openings on the wall x=+room.x
 vec2 g=q*vec2(R(1.)*.7+.5,R(2.)*.4+.5);g.y+=.3;
 vec2 f=abs(fract(g)-.5),m=abs(fract(f*mix(2.,5.,R(3.)))-.5);
 return step(max(f.x,f.y),.36)*step(.07,min(m.x,m.y));
}
float sunny(vec3 p){
 float t=(room.x-p.x)/L.x;vec3 n,q=p+L*t;float s=pane(q.zy);
 for(int i=0;i<7;i++) if(slab(p,L,boxAt[i],boxSize[i],n)<t) s=0.;
 return s;
}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);
 room=vec3(mix(2.,3.5,R(4.)),mix(1.3,2.2,R(5.)),mix(1.8,3.2,R(6.)));
 for(int i=0;i<7;i++){float k=float(i);
  vec3 b=mix(vec3(.2),vec3(.8,1.1,.8),vec3(R(k+10.),R(k+20.)*R(k+25.),R(k+30.)));
  boxSize[i]=b;boxAt[i]=vec3((R(k+40.)*2.-1.)*(room.x-b.x),b.y-room.y,(R(k+60.)*1.6-.6)*(room.z-b.z));}
 float a=(R(7.)-.5)*1.6+.1*sin(iTime),e=(R(8.)-.6)*.6;
 vec3 ro=vec3((R(9.)-.5)*room.x,(R(70.)-.2)*room.y*.9,-room.z*.95),w=vec3(sin(a)*cos(e),sin(e),cos(a)*cos(e)),u=normalize(vec3(w.z,0,-w.x));
 vec3 rd=normalize(uv.x*u+uv.y*cross(w,u)+mix(.8,1.3,R(71.))*w)+1e-4;
 L=normalize(vec3(1.,mix(.25,.9,R(72.)),mix(-.8,.8,R(73.))));
 vec3 sunCol=vec3(1.5,1.2,.9),wall=pal(R(75.),.8),wood=pal(R(76.)*.2,.4)*.6,out1=pal(R(77.),1.)*.4+.6;
 vec3 k=(sign(rd)*room-ro)/rd,n=-sign(rd)*step(k,k.yzx)*step(k,k.zxy),m;
 float t=min(k.x,min(k.y,k.z)),id=-1.;
 for(int i=0;i<7;i++){float h=slab(ro,rd,boxAt[i],boxSize[i],m);if(h<t){t=h;n=m;id=float(i);}}
 vec3 p=ro+rd*t,alb=wall;
 vec2 q=abs(n.x)>.5?p.zy:abs(n.y)>.5?p.xz:p.xy;
 if(id>=0.) alb=pal(R(id+80.),mix(.3,1.5,R(78.)))*(.8+.2*step(.5,fract(q.y*3.)));
 else if(n.y>.5){
  vec2 g=q*vec2(4,.6);g.y+=hash(floor(g.xx));alb=wood*(.6+.7*hash(floor(g)));
  float l=length(q)*.7;if(l<1.) alb=pal(R(79.)+.35*floor(l*mix(2.,6.,R(90.))),.9);
 } else if(n.y<-.5) alb=vec3(.85);
 else {
  alb=wall*(.75+.25*step(.5,fract(q.x*mix(1.,6.,R(91.)))))*(q.y<-.4*room.y?.6:1.);
  vec2 f=fract(q*.45)-.5;float pic=hash(floor(q*.45));
  if(pic>.5&&max(abs(f.x),abs(f.y))<.3) alb=pal(pic*9.+floor(sin(f.x*30.*pic)+f.y*8.)*.3,1.);
 }
 float lit=sunny(p+n*.01),ao=.6+.4*smoothstep(0.,1.,room.y-abs(p.y));
 vec3 col=alb*(lit*max(dot(n,L),0.)*sunCol*1.8+ao*(.5+.2*n.y)*(.5+.6*out1));
 if(id<0.&&n.x<-.5&&pane(p.zy)>.5) col=mix(out1*1.3,wood.grb,step(p.y,.3*sin(p.z*3.)));
 float air=0.;
 for(int i=0;i<20;i++) air+=sunny(ro+rd*t*((float(i)+.5)/20.));
 col+=sunCol*air*t*mix(.002,.009,R(92.));
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
