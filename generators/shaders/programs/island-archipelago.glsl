// Archipelagos seen from a tilted map view: relief-lit islands with beaches, woods, fields, peaks, shoals and drifting clouds.
float seed,zoom,ragged;
float R(float k){return fract(sin(seed*6.91+k*9.83)*43758.5453);}
float hash(vec2 p){return fract(sin(dot(p,vec2(21.7,93.1)))*5931.3);}
float noise(vec2 p){vec2 i=floor(p),f=p-i;f*=f*(3.-2.*f);vec4 h=fract(sin(dot(i,vec2(37,60))+vec4(0,37,60,97))*7531.7);h.xy=mix(h.xz,h.yw,f.x);return mix(h.x,h.y,f.y);}
vec3 pal(float a,float b){return .5+.45*cos(6.28*(a+b*vec3(0,.15,.32)));}
float land(vec2 p){
 float h=0.,a=.6;p=p*zoom+seed*7.3;
 for(int i=0;i<4;i++){h+=a*noise(p);p=mat2(1.5,1.2,-1.2,1.5)*p+2.;a*=ragged;}
 return (h-mix(.42,.62,R(1.)))*mix(.5,1.2,R(2.))/zoom;
}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);zoom=mix(.35,1.1,R(3.));ragged=mix(.3,.5,R(4.));
 float tilt=mix(.35,1.4,R(5.)),yaw=R(6.)*6.28,persp=R(7.)*.6;
 mat2 T=mat2(cos(tilt),sin(tilt),-sin(tilt),cos(tilt)),Y=mat2(cos(yaw),-sin(yaw),sin(yaw),cos(yaw));
 vec3 ro=vec3(uv*2.,-4),rd=normalize(vec3(uv*persp,1));
 ro.yz=T*ro.yz;rd.yz=T*rd.yz;
 ro.xz=Y*ro.xz;rd.xz=Y*rd.xz;ro.xz+=iTime*.05;
 ro+=rd*max((1.3-ro.y)/rd.y,0.);
 float t=0.,h=1.;
 for(int i=0;i<32;i++){vec3 p=ro+rd*t;h=p.y-max(land(p.xz),0.);if(h<.004||t>20.) break;t+=h*.7;}
 vec3 p=ro+rd*t,L=normalize(vec3(cos(yaw+R(8.)*6.),mix(.3,1.,R(9.)),sin(yaw+R(8.)*6.)));
 float y=land(p.xz),grit=noise(p.xz*zoom*25.),wood=noise(p.xz*zoom*4.+9.);
 vec2 e=vec2(.02,0);
 vec3 n=normalize(vec3(y-land(p.xz+e),e.x,y-land(p.xz+e.yx)));
 vec3 grass=mix(mix(vec3(.2,.45,.12),vec3(.6,.55,.2),R(10.)),pal(R(20.),1.),.35),sand=pal(.05+.1*R(11.),.35)*.95,rockc=pal(R(12.),.3)*.7,sea=pal(mix(.42,.72,R(13.)),1.);
 vec3 alb=mix(sand,grass,smoothstep(.04,.09,y+.05*grit-.02));
 vec2 f=Y*p.xz*zoom*5.,cell=floor(f);f-=cell;
 if(y>.06&&y<.4&&wood<.38) alb=pal(R(14.)+hash(cell)*.5,.7)*(.75+.25*step(.5,fract(f.x*4.))); // fields
 alb=mix(alb,grass*.35+.25*grit*grass,smoothstep(.5,.6,wood)*step(.05,y));
 alb=mix(alb,rockc*(.6+.7*grit),smoothstep(.6,.45,n.y+.15*grit));
 alb=mix(alb,vec3(.97),smoothstep(.0,.15,y-mix(.3,.7,R(15.))+.1*grit));
 float sh=1.,s=.04;
 for(int i=0;i<7;i++){vec3 q=p+L*s;sh=min(sh,.5+6.*(q.y-max(land(q.xz),0.))/s);s*=1.7;}
 vec3 col;
 if(y<0.){
  float depth=clamp(-y*4.*zoom,0.,1.);
  col=mix(sand*.7+sea*.4,sea*(1.-.55*depth),smoothstep(0.,.25,depth))*(.75+.25*clamp(sh,0.,1.))+.05*sin(p.x*30.+p.z*18.+iTime*2.);
  col=mix(col,vec3(1),smoothstep(.012,.0,abs(-y-.012-.01*sin(iTime+p.x*9.)))*.8);
 } else col=alb*(1.5*clamp(sh,0.,1.)*max(dot(n,L),0.)+.2*sea+.25);
 vec2 c=p.xz*mix(.4,1.2,R(17.))+iTime*.1;
 float shade=noise(c)*.6+noise(c*2.6)*.4,cloud=noise(c-.4)*.6+noise(c*2.6-.9)*.4,cover=mix(.6,1.,R(18.));
 col*=1.-.45*smoothstep(cover-.08,cover+.08,shade);
 col=mix(col,vec3(.95,.95,1)*(.7+.5*cloud),smoothstep(cover-.05,cover+.12,cloud)*.95);
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
