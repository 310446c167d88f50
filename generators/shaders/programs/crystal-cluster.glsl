// Faceted crystal points bursting from a rock: hexagonal prisms on random axes with glow inside, glints and banded minerals.
float seed,id,sides;
vec3 axis[7],ref1[7];
vec2 dims[7];
float R(float k){return fract(sin(seed*10.7+k*4.33)*43758.5453);}
vec3 pal(float a,float b){return .5+.47*cos(6.28*(a+b*vec3(0,.19,.4)));}
float map(vec3 p){
 float rock=p.y+.14*length(p.xz)-.15*sin(p.x*3.+sin(p.z*4.))*sin(p.z*2.7+seed);
 id=-1.;
 float d=rock*.7;
 for(int i=0;i<7;i++){
  vec3 w=axis[i],u=ref1[i],q=p-vec3(w.x,0,w.z)*.25;float h=dot(q,w),x=dot(q,u),y=dot(q,cross(w,u));
  vec2 a=abs(vec2(x,y));
  float c=max(a.y,sides<1.?a.x*.866+a.y*.5:a.x);
  float v=max(c-dims[i].x*(1.+.15*h),(h-dims[i].y)*.6+c*.8);
  if(v<d){d=v;id=float(i);}
 }
 return d*.85;
}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);float roll=(R(80.)-.5)*2.+3.14*step(.75,R(81.));uv*=mat2(cos(roll),sin(roll),-sin(roll),cos(roll));sides=floor(R(1.)*2.);
 float wide=mix(.4,2.2,R(2.));
 for(int i=0;i<7;i++){float k=float(i),b=k*2.4+R(k+10.);
  vec3 w=normalize(vec3(cos(b)*wide*R(k+20.),1.,sin(b)*wide*R(k+30.)));
  axis[i]=w;ref1[i]=normalize(cross(w,vec3(1,.2,b-3.)));
  dims[i]=vec2(mix(.1,.5,R(k+40.)*R(k+45.)*1.3),mix(.6,2.3,R(k+50.)));}
 float a=R(3.)*6.28+iTime*.15,dist=mix(1.7,3.,R(4.));
 vec3 ro=vec3(cos(a)*dist,mix(.6,3.2,R(5.)),sin(a)*dist),w=normalize(vec3(0.,mix(.4,1.,R(6.)),0.)-ro),u=normalize(vec3(-w.z,0,w.x));
 vec3 rd=normalize(uv.x*u+uv.y*cross(u,w)+mix(1.1,1.8,R(7.))*w),L=normalize(vec3(cos(a+R(8.)*6.),.3+R(9.),sin(a+R(8.)*6.)));
 float hue=R(60.),span=.4+R(61.);
 vec3 back=pal(R(62.),.8)*mix(.25,.9,R(63.)),sky=mix(back,pal(hue+.5,span)*.6,smoothstep(-.6,.7,rd.y+.3*sin(rd.x*3.+seed)));
 sky+=.12*sin(atan(rd.z,rd.x)*floor(R(84.)*14.)+sin(rd.y*9.)*4.*R(64.));
 float t=.6,d=0.;
 for(int i=0;i<38;i++){d=map(ro+rd*t);if(d<.003||t>9.) break;t+=d;}
 vec3 col=sky;
 if(t<9.){
  vec3 p=ro+rd*t;vec2 k=vec2(.004,0);
  map(p);float g=id;
  vec3 n=normalize(vec3(map(p+k.xyy),map(p+k.yxy),map(p+k.yyx))-map(p)),r=reflect(rd,n);
  float sh=1.,s=.05;
  for(int i=0;i<8;i++){float m=map(p+n*.02+L*s);sh=min(sh,7.*m/s);s+=clamp(m,.07,.4);}
  sh=clamp(sh,g<0.?0.:.35,1.);
  if(g<0.){
   float vein=sin(p.x*mix(2.,9.,R(82.))+3.*sin(p.z*5.+p.y*8.));
   vec3 alb=mix(pal(R(65.),.5)*.55,pal(hue,span),smoothstep(.7,.95,vein));
   col=alb*(1.3*sh*max(dot(n,L),0.)+.3+.15*n.y);
  } else {
   vec3 tint=pal(hue+(R(g+70.)-.5)*mix(.1,.8,R(66.)),span),q=p+refract(rd,n,.7)*.3;
   float milky=.5+.5*sin(q.y*9.+4.*sin(dot(q,vec3(5,2,4)))),thick=clamp(-map(q)*4.,0.,1.);
   col=tint*(.25+.9*sh*max(dot(n,L),0.)+.6*pow(max(dot(-rd,n),0.),3.)*(1.-thick))+tint*tint*milky*.35;
   col+=mix(back,vec3(1.2),smoothstep(.1,.5,sin(dot(r,vec3(4,6,3)))))*(.1+.6*pow(1.-max(dot(n,-rd),0.),3.))+pow(max(dot(r,L),0.),30.);
  }
  col=mix(col,sky,smoothstep(4.,9.,t));
 }
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
