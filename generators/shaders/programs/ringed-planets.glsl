// Planets with rings and moons against nebula and stars: analytic spheres, banded or continental skins, ring shadows.
float seed;
float R(float k){return fract(sin(seed*9.19+k*7.07)*43758.5453);}
float hash(vec3 p){return fract(sin(dot(p,vec3(17.1,59.7,37.3)))*8317.1);}
float noise(vec3 p){
 vec3 i=floor(p),f=p-i;f*=f*(3.-2.*f);
 vec4 a=dot(i,vec3(17,60,37))+vec4(0,17,60,77),h=mix(fract(sin(a)*831.1),fract(sin(a+37.)*831.1),f.z);
 h.xy=mix(h.xz,h.yw,f.x);return mix(h.x,h.y,f.y);
}
float cloud(vec3 p){return noise(p)*.6+noise(p*2.7)*.4;}
vec3 pal(float a,float b){return .5+.48*cos(6.28*(a+b*vec3(0,.17,.36)));}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);
 vec3 rd=normalize(vec3(uv,mix(1.2,2.2,R(1.)))),L=normalize(vec3(R(2.)*2.-1.,R(3.)*1.4-.7,mix(-.9,.35,R(4.))));
 float neb=cloud(rd*mix(2.,5.,R(5.))+seed);
 vec3 col=pal(R(6.)+neb*mix(.2,1.,R(7.)),1.3)*mix(.35,1.1,R(8.))*smoothstep(.25,.75,neb)+.4*pal(R(9.),1.)*smoothstep(.4,.8,cloud(rd*4.+neb*2.));
 vec2 g=uv*18.,c=floor(g);float star=hash(vec3(c,seed));
 col+=pal(star*5.,.5)*smoothstep(.2*star,0.,length(fract(g)-.3-.4*fract(star*vec2(37,91))))*step(.6,star);
 col+=pow(max(dot(rd,L),0.),20.);
 for(int i=0;i<5;i++){ // far to near
  float k=float(i)*10.+20.,z=14.-2.6*float(i),r=z*mix(.03,.42,R(k)*R(k))*(i==2?1.4:i==4?.6:1.);
  vec3 pos=vec3((R(k+1.)*2.-1.)*z*.6+.3*sin(iTime*.5+k),(R(k+2.)*2.-1.)*z*.55,z),axis=normalize(vec3(R(k+3.)-.5,mix(.25,1.,R(k+4.)),R(k+5.)-.5));
  float hue=R(k+6.),b=dot(rd,pos),h=r*r-dot(pos,pos)+b*b,t=b-sqrt(max(h,0.));
  vec3 air=pal(hue+.3,1.);
  float ringed=step(.5,R(k+7.))*step(.3,float(i)),in1=mix(1.25,1.6,R(k+8.)),out1=mix(1.9,2.6,R(k+9.));
  float tr=dot(pos,axis)/dot(rd,axis),rr=length(rd*tr-pos)/r;
  float band=smoothstep(in1,in1+.05,rr)*smoothstep(out1,out1-.05,rr)*(.25+.75*noise(vec3(rr*14.,k,seed)))*ringed*step(0.,tr);
  vec3 q=rd*tr-pos;float ql=dot(q,L),dark=(ql<0.&&dot(q,q)-ql*ql<r*r)?.15:1.;
  vec3 ringCol=pal(hue+.45+rr*.25,.6)*dark*1.1;
  if(tr>b) col=mix(col,ringCol,band);
  if(h>0.){
   vec3 n=(rd*t-pos)/r,m=n;float lat=dot(n,axis),a=iTime*.2+k;
   m.xz=mat2(cos(a),sin(a),-sin(a),cos(a))*m.xz;
   float kind=R(k+11.)*3.,f=cloud(m*mix(2.,5.,R(k+12.))+k);vec3 alb;
   if(kind<1.2) alb=pal(hue+.3*sin(lat*mix(6.,22.,R(k+13.))+f*mix(2.,7.,R(k+14.)))*.6,1.)*(.7+.5*f);
   else if(kind<2.2){alb=mix(pal(hue+.5,1.)*.5,pal(hue,.7)*(.5+f),step(.5,f));alb=mix(alb,vec3(.95),max(step(.9,abs(lat)+f*.2),smoothstep(.5,.65,cloud(m*4.+9.))));}
   else alb=pal(hue,.3)*(.4+.5*noise(m*9.)+.3*step(.05,abs(f-.5)));
   float day=smoothstep(-.1,.9,dot(n,L)),rs=-lat/dot(L,axis);
   float shade=length(n+L*rs);if(ringed>0.&&rs>0.&&shade>in1&&shade<out1) day*=.35;
   vec3 surf=alb*(day*1.5+.06)+air*pow(1.-max(-dot(n,rd),0.),3.)*(.15+day);
   col=mix(col,surf,smoothstep(0.,.03*r*r,h));
  }
  if(tr<=b) col=mix(col,ringCol,band);
 }
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
