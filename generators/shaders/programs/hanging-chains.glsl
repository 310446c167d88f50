// Curtains of hanging chains, links of several gauges and metals swinging in front of a panelled wall.
float seed,gap,gauge;
vec2 cellId;
mat2 sway;
float R(float k){return fract(sin(seed*3.41+k*21.77)*43758.5453);}
float hash(vec2 p){return fract(sin(dot(p,vec2(17.3,71.9))+seed)*13751.7);}
vec3 pal(float a,float b){return .5+.46*cos(6.28*(a+b*vec3(0,.15,.33)));}
float link(vec3 p,float len,float r,float thick){p.y-=clamp(p.y,-len,len);return length(vec2(length(p.xy)-r,p.z))-thick;}
float map(vec3 p){
 p.xz+=.25*sin(p.y*.6+iTime+vec2(0,1.5))*R(1.);
 vec2 i=floor(p.xz/gap),q=p.xz-(i+.5)*gap;
 float s=gap*gauge*(.6+.5*hash(i)),r=s*.32,th=s*mix(.08,.16,R(2.)),len=s*mix(.1,.6,R(3.)),step2=(len+r-th)*2.;
 cellId=i;
 float y=p.y+hash(i+3.)*9.,k=.6+hash(i+5.)*2.;
 q=mat2(cos(k),sin(k),-sin(k),cos(k))*q;
 float a=mod(y,2.*step2)-step2,b=mod(y+step2,2.*step2)-step2;
 float d=min(link(vec3(q.x,a,q.y),len,r,th),link(vec3(q.y,b,q.x),len,r,th));
 float drop=p.y+mix(-1.,3.,hash(i+11.)); // each chain ends in a weight
 d=max(d,-drop);
 d=min(d,length(vec3(q.x,drop,q.y))-s*(.3+.35*hash(i+13.)));
 return d*.85;
}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);gap=mix(.8,1.7,R(4.));gauge=mix(.5,.75,R(5.));
 float a=R(6.)*6.28,e=mix(-.9,.9,R(7.)),roll=(R(8.)-.5)*mix(.2,3.1,R(9.));
 uv*=mat2(cos(roll),sin(roll),-sin(roll),cos(roll));
 vec3 w=vec3(cos(e)*sin(a),sin(e),cos(e)*cos(a)),u=normalize(vec3(w.z,0,-w.x));
 vec3 rd=normalize(uv.x*u+uv.y*cross(w,u)+mix(.7,1.6,R(10.))*w),ro=vec3(0,0,iTime*.1);
 vec3 L=normalize(vec3(R(11.)-.5,R(12.)*.8+.1,R(13.)-.5)),x=pal(R(14.),mix(.3,2.,R(15.))),z=pal(R(16.),1.);
 float t=.5,d=0.,far=mix(5.,12.,R(17.));
 for(int i=0;i<48;i++){d=map(ro+rd*t);if(d<.003*t||t>far) break;t+=min(d,gap*.5);}
 vec2 g=vec2(atan(rd.x,rd.z)*4.,rd.y*5.),f=abs(fract(g)-.5);
 vec3 sky=z*(.35+.65*smoothstep(-.8,.8,rd.y))*mix(.55,1.,step(max(f.x,f.y),.44))*(.7+.5*hash(floor(g)));
 vec3 col=sky;
 if(t<far){
  vec3 p=ro+rd*t;vec2 h=vec2(.004,0);
  map(p);vec2 c=cellId;
  vec3 n=normalize(vec3(map(p+h.xyy),map(p+h.yxy),map(p+h.yyx))-map(p)),r=reflect(rd,n);
  vec3 alb=mix(pal(R(19.)+hash(c)*R(20.),.6),vec3(.45,.25,.12),smoothstep(.5,.9,hash(c+2.)*sin(p.y*11.+sin(p.x*20.))));
  float sh=1.,s=.05;
  for(int i=0;i<7;i++){float m=map(p+n*.02+L*s);sh=min(sh,9.*m/s);s+=clamp(m,.06,.4);}
  sh=clamp(sh,0.,1.);
  vec3 env=mix(z*.25,x+.2,smoothstep(-.2,.7,r.y+.3*sin(r.x*3.)));
  col=alb*(.25+sh*max(dot(n,L),0.))+alb*env*.7+sh*pow(max(dot(r,L),0.),25.);
  col=mix(col,sky,smoothstep(.3,1.,t/far));
 }
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
