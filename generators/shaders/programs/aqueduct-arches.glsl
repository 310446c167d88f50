// Tiered stone arches crossing a valley: an extruded 2D arch field with brick courses, sun shadow and hazy hills.
float seed,pitchX,tier,thick;
float R(float k){return fract(sin(seed*8.63+k*4.417)*43758.5453);}
float hash(vec2 p){return fract(sin(dot(p,vec2(12.7,78.1)))*43758.5453);}
float noise(vec2 p){vec2 i=floor(p),f=p-i;f*=f*(3.-2.*f);vec4 h=fract(sin(dot(i,vec2(37,60))+vec4(0,37,60,97))*7531.7);h.xy=mix(h.xz,h.yw,f.x);return mix(h.x,h.y,f.y);}
float arch(vec2 q,float w,float spring){
 q.x=abs(q.x);
 return q.y<spring ? q.x-w : length(q-vec2(0,spring))-w;
}
float ground(vec2 p){return .5*noise(p*.5)+.16*noise(p*1.7);}
float map(vec3 p){
 float n=floor(R(2.)*3.)+1.,top=tier*n,k=clamp(floor(p.y/tier),0.,n-1.);
 float span=pitchX/(k>0.5&&R(3.)>.5?2.:1.);
 vec2 q=vec2(mod(p.x,span)-.5*span,p.y-k*tier);
 float w=span*mix(.3,.42,R(4.)),open=arch(q,w,tier*.82-w);
 float d=max(max(-open,abs(p.z)-thick*(1.-.12*k)),p.y-top);
 float cornice=max(abs(mod(p.y+tier*.5,tier)-tier*.5)-.08,max(abs(p.z)-thick-.12,p.y-top-.1));
 return min(max(d,-p.y),min(cornice,p.y-ground(p.xz)+.1));
}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/4.);
 pitchX=mix(1.4,3.2,R(5.));tier=mix(1.5,2.6,R(6.));thick=mix(.3,1.2,R(7.));
 float yaw=mix(-1.3,1.3,R(8.))+.15*sin(iTime*.5),dist=mix(2.2,8.,R(9.));
 vec3 at=vec3(R(10.)*50.,mix(1.,tier*1.5,R(11.)),0.),ro=at+vec3(sin(yaw)*dist,mix(-.4,3.5,R(12.)),-cos(yaw)*dist);
 vec3 w=normalize(at-ro),u=normalize(vec3(w.z,0,-w.x)),rd=normalize(uv.x*u+uv.y*cross(w,u)+mix(.9,1.6,R(13.))*w);
 vec3 L=normalize(vec3(R(14.)*2.-1.,.3+R(15.)*.7,-.8+1.2*R(16.)));
 vec3 low=.65+.35*cos(6.28*(R(17.)+vec3(0,.12,.3))),high=.4+.35*cos(6.28*(R(18.)+vec3(0,.2,.45)));
 vec3 sky=mix(low,high,clamp(rd.y*2.,0.,1.));
 float hill=.05+.25*noise(vec2(atan(rd.x,rd.z)*4.+seed*5.,1));
 sky=mix(sky,mix(low,high*.5,.6),smoothstep(.01,-.01,rd.y-hill));
 float t=.1,d=0.;
 for(int i=0;i<48;i++){d=map(ro+rd*t);t+=d*.9;if(d<.006||t>28.) break;}
 vec3 col=sky;
 if(t<28.){
  vec3 p=ro+rd*t;vec2 e=vec2(.012,0);
  vec3 n=normalize(vec3(map(p+e.xyy),map(p+e.yxy),map(p+e.yyx))-map(p)),alb;
  if(p.y<ground(p.xz)-.07) alb=mix(vec3(.25,.42,.12),vec3(.6,.48,.3),noise(p.xz*4.+R(19.)*3.))*(.6+.6*noise(p.xz*19.));
  else {
   vec2 b=vec2(abs(n.x)>.6?p.z:p.x,p.y)*vec2(4,8);b.x+=.5*mod(floor(b.y),2.);
   vec2 f=fract(b);
   alb=(.55+.35*cos(6.28*(R(20.)+vec3(0,.07,.16))))*(.65+.5*hash(floor(b)))*mix(.6,1.,step(.09,min(f.x,f.y*.6)));
   alb=mix(alb,vec3(.2,.3,.1),.6*smoothstep(.5,.9,noise(p.xy*1.3+p.z)));
  }
  float sh=1.,s=.08;
  for(int i=0;i<12;i++){float m=map(p+n*.03+L*s);sh=min(sh,9.*m/s);s+=clamp(m,.1,.8);}
  col=alb*(1.5*clamp(sh,0.,1.)*max(dot(n,L),0.)+high*.4+.1);
  col=mix(sky,col,exp(-t*t*.004));
 }
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
