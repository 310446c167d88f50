// A ruined hall of columns, some broken, with round, square or fluted shafts, dissolving into coloured fog.
float seed,gap,kind;
float rnd(float k){return fract(sin(seed*3.71+k*12.13)*43758.5453);}
float cell(vec2 i){return fract(sin(dot(i,vec2(41.3,289.1))+seed)*9754.31);}
float map(vec3 p){
 vec2 i=floor(p.xz/gap),q=p.xz-(i+.5)*gap;
 float c=cell(i),top=c<.3?c*8.+.3:4.6,r=.42,a=atan(q.y,q.x),d;
 if(kind<1.) d=length(q)-r+.03*cos(a*14.);
 else if(kind<2.) d=max(abs(q.x),abs(q.y))-r*.85;
 else if(kind<3.) d=max(max(abs(q.x),abs(q.y)),(abs(q.x)+abs(q.y))*.71)-r;
 else d=length(q)-r*(1.15-.12*p.y)-.05*sin(p.y*9.);
 d=max(d,p.y-top);
 float base=max(max(abs(q.x),abs(q.y))-.62,abs(p.y)-.28);
 float cap=max(max(abs(q.x),abs(q.y))-.6,abs(p.y-4.4)-.18);
 d=min(d,base);
 if(c>=.3) d=min(d,cap);
 return min(min(d,p.y),gap*.5-max(abs(q.x),abs(q.y))+.25);
}
void mainImage(out vec4 fragColor,in vec2 fragCoord){
 vec2 uv=(2.*fragCoord-iResolution.xy)/iResolution.y;
 seed=floor(iTime/4.);gap=mix(1.9,3.6,rnd(1.));kind=floor(rnd(2.)*4.);
 float yaw=rnd(3.)*6.28+.1*sin(iTime),pitch=mix(-.5,.45,rnd(4.)),high=mix(.5,5.5,rnd(5.)*rnd(5.));
 if(high>3.) pitch=-.1-abs(pitch);
 vec3 ro=vec3(floor(rnd(6.)*40.)*gap,high,iTime*.2);
 vec3 w=vec3(sin(yaw)*cos(pitch),sin(pitch),cos(yaw)*cos(pitch)),u=normalize(vec3(w.z,0,-w.x));
 vec3 rd=normalize(uv.x*u+uv.y*cross(w,u)+w*mix(.8,1.8,rnd(7.)));
 vec3 stone=.55+.4*cos(6.28*(rnd(8.)+vec3(0,.08,.2)*(.5+rnd(9.)*2.)));
 vec3 fog=.55+.45*cos(6.28*(rnd(10.)+vec3(0,.2,.4)*rnd(11.)*1.5));
 vec3 L=normalize(vec3(rnd(12.)-.5,.3+rnd(13.)*.6,rnd(14.)-.5));
 vec3 sky=mix(fog,fog*fog*.4,clamp(rd.y*1.5,0.,1.))+.5*pow(max(dot(rd,L),0.),12.);
 float t=.05,d=0.;
 for(int i=0;i<48;i++){d=map(ro+rd*t);t+=d*.95;if(d<.005||t>30.) break;}
 vec3 col=sky;
 if(t<30.){
  vec3 p=ro+rd*t;vec2 e=vec2(.01,0.);
  vec3 n=normalize(vec3(map(p+e.xyy),map(p+e.yxy),map(p+e.yyx))-map(p));
  vec2 i=floor(p.xz/gap);
  float drum=step(.06,fract(p.y*1.6)),grain=.75+.5*cell(floor(p.xz*9.+p.y*23.));
  vec3 alb=stone*grain*mix(.65,1.,drum)*(.7+.6*cell(i+7.));
  if(p.y<.03){
   vec2 q=fract(p.xz/gap*2.);
   alb=mix(stone.gbr,fog.brg*.5,step(.5,cell(floor(p.xz/gap*2.))))*step(.04,min(q.x,q.y))*grain;
  }
  float sh=1.,s=.1;
  for(int k=0;k<10;k++){float m=map(p+n*.03+L*s);sh=min(sh,6.*m/s);s+=max(m,.15);}
  float ao=.4+.6*clamp(map(p+n*.4)/.4,0.,1.);
  col=alb*(2.1*clamp(sh,0.,1.)*max(dot(n,L),0.)+ao*ao*.4*(fog+.3));
  col=mix(sky,col,exp(-t*mix(.02,.12,rnd(15.))));
 }
 fragColor=vec4(sqrt(clamp(col,0.,1.)),1.);
}
