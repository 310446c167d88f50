// Isometric toy towns: orthographic cell walk over blocks with windows, arches, stairs, domes, trees and canals.
float seed,tallest;
float R(float k){return fract(sin(seed*7.7+k*3.93)*43758.5453);}
float hash(vec2 p){return fract(sin(dot(p,vec2(43.3,17.9))+seed)*6173.1);}
vec3 pal(float a,float b){return .55+.43*cos(6.28*(a+b*vec3(0,.17,.36)));}
float kind(vec2 c,float h){return h<0.?0.:h<.1?.3:hash(c);} // under .2 canal, under .35 tree, then houses
float tall(vec2 c){float h=hash(c)-.3*step(hash(floor(c/4.)+3.),.25);return h<.2?-.15:h<.35?.05:floor(1.+tallest*hash(c+9.)*pow(hash(floor(c/3.+.3)),1.5)*1.6)*.5;}
float trace(vec3 ro,vec3 rd,out vec3 n,out vec2 c,out float part){
 c=floor(ro.xz);n=vec3(0,1,0);part=0.;vec3 inv=1./rd;
 for(int i=0;i<30;i++){
  float h=tall(c),id=kind(c,h);vec3 mid=vec3(c.x+.5,0,c.y+.5),best=vec3(0);float t=1e3,w=h<.1?.5:mix(.34,.5,hash(c+4.));
  vec3 m=(mid+vec3(0,h*.5-1.,0)-ro)*inv,s=abs(inv)*vec3(w,h*.5+1.,w),lo=m-s,hi=m+s;
  float a=max(lo.x,max(lo.y,lo.z));
  if(a<min(hi.x,min(hi.y,hi.z))&&a>-.5){t=a;best=-sign(rd)*step(lo.yzx,lo)*step(lo.zxy,lo);part=0.;}
  float r=id<.2?0.:id<.35?.35:id<.6?w*.8:0.; // tree crown or dome
  if(r>0.){
   vec3 q=ro-mid-vec3(0,id<.35?r+.25:h,0);float b=dot(q,rd),k=b*b-dot(q,q)+r*r,g=-b-sqrt(max(k,0.));
   if(k>0.&&g<t&&g>0.){t=g;best=(q+rd*g)/r;part=id<.35?2.:1.;}
  }
  if(t<999.){n=best;return t;}
  vec2 side=(c+.5+.5*sign(rd.xz)-ro.xz)*inv.xz;
  if(side.x<side.y) c.x+=sign(rd.x);else c.y+=sign(rd.z);
 }
 return 1e3;
}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);tallest=mix(1.5,9.,R(1.));
 float e=mix(.45,.95,R(2.)),a=.785+floor(R(3.)*4.)*1.571,zoom=mix(1.2,3.8,R(5.));
 vec3 w=vec3(sin(a)*cos(e),-sin(e),cos(a)*cos(e)),u=normalize(vec3(w.z,0,-w.x)),v=cross(w,u);
 vec3 ro=u*uv.x*zoom+v*uv.y*zoom+vec3(R(6.)*90.,0.,R(7.)*90.+iTime*.4);
 ro-=w*(ro.y-4.8)/w.y;
 vec3 L=normalize(u*(R(8.)*2.-1.)*1.3-w*.4+vec3(0.,mix(.4,1.,R(9.)),0.)),n,n2;vec2 c,c2;float part,p2;
 float t=trace(ro,w,n,c,part),id=kind(c,tall(c));
 vec3 p=ro+w*t,key=vec3(R(10.),mix(.3,1.6,R(11.)),mix(.05,.7,R(12.))),alb=pal(key.x+key.z*hash(c+6.),key.y);
 vec2 q=vec2(abs(n.x)>.5?p.z:p.x,p.y),f=fract(q*vec2(4,4))-.5;
 float style=hash(c+8.);
 if(part>1.5) alb=pal(.28+.25*R(13.)+hash(c+1.)*.15,.7)*(.7+.3*hash(floor(p.xz*14.)+floor(p.y*14.)));
 else if(part>.5) alb=pal(key.x+.45+key.z*hash(c),key.y);
 else if(id<.2) alb=pal(mix(.45,.65,R(14.)),.9)*(.85+.15*sin(p.x*9.+iTime));
 else if(id<.35) alb=pal(.2+.3*R(15.),.6)*(.8+.2*hash(floor(p.xz*9.)));
 else if(n.y<.5){
  if(style<.4) alb*=1.-.65*step(max(abs(f.x)/.22,abs(f.y)/.3),1.);
  else if(style<.6) alb*=1.-.6*step(length(f),.3);
  else if(style<.8) alb*=.8+.25*step(.5,fract(q.y*8.));
 } else {vec2 g=abs(fract(p.xz)-.5);alb=mix(alb*1.1,alb.gbr,step(.3,max(g.x,g.y))*style*.7);}
 float lit=max(dot(n,L),0.)*(trace(p+n*.003,L+1e-4,n2,c2,p2)>999.?1.:.15);
 vec3 col=alb*(lit+.22+.2*n.y)*mix(1.,clamp(.5+p.y*.35,.4,1.2),.6);
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
