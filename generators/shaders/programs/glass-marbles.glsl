// Refracting glass marbles on printed paper: analytic spheres with entry and exit refraction, inner swirls and caustic-like shadow.
float seed;
vec4 ball[8];
float R(float k){return fract(sin(seed*7.31+k*2.713)*43758.5453);}
float hash(vec2 p){return fract(sin(dot(p,vec2(37.7,91.1)))*15731.7);}
vec3 tint(float x){return .55+.44*cos(6.2832*(x+R(1.)+vec3(0,.3,.63)*mix(.3,1.1,R(2.))));}
float meet(vec3 o,vec3 d,vec4 s){vec3 q=o-s.xyz;float b=dot(q,d),h=b*b-dot(q,q)+s.w*s.w;if(h<0.) return 1e4;h=-b-sqrt(h);return h>1e-3?h:1e4;}
vec3 L;
vec3 paper(vec3 o,vec3 d){
 if(d.y>-.02) return mix(tint(.4),tint(.7),.5+.5*d.y)*.8+.9*smoothstep(.75,.8,d.y)*step(.1,abs(d.x));
 vec3 p=o-d*o.y/d.y;
 float kind=floor(R(3.)*5.),sc=mix(.8,3.,R(4.)),m;
 vec2 q=mat2(cos(seed),sin(seed),-sin(seed),cos(seed))*p.xz*sc,c=floor(q),f=fract(q)-.5;
 if(kind<1.) m=mod(c.x+c.y,2.);
 else if(kind<2.) m=step(length(f),mix(.15,.5,hash(c)));
 else if(kind<3.) m=step(0.,sin(q.x*4.+sin(q.y*2.)*2.));
 else if(kind<4.) m=step(.5,hash(floor(q*vec2(5,2)+vec2(hash(c.yy),0.))))*step(.2,fract(q.y*2.));
 else m=step(min(abs(f.x),abs(f.y)),.07);
 vec3 col=mix(tint(.1)*.9+.1,tint(.5+.25*hash(c)*R(5.))*.45,m);
 for(int i=0;i<8;i++){ // coloured shadow with a bright focus
  vec3 s=ball[i].xyz-p;float r=length(s-L*dot(s,L))/ball[i].w;
  col*=mix(vec3(1),.3+.5*tint(float(i)*.31),smoothstep(1.05,.85,r));col+=.4*smoothstep(.4,0.,r);
 }
 return mix(col,tint(.4)*.8,1.-exp(-.02*dot(p.xz,p.xz)));
}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);
 for(int i=0;i<8;i++){
  float k=float(i),r=mix(.2,.85,R(k+10.)*R(k+18.)),a=k*2.4+R(6.)*6.28+.2*iTime,d=mix(.35,.85,R(7.))*sqrt(k)+.2*R(k+30.);
  ball[i]=vec4(cos(a)*d,r,sin(a)*d,r);
 }
 float h=mix(.25,1.4,R(8.)),dist=mix(2.2,4.2,R(9.));
 vec3 ro=dist*vec3(0.,sin(h),-cos(h)),w=normalize(vec3(0,.35,0)-ro),u=vec3(1,0,0);
 vec3 rd=normalize(uv.x*u+uv.y*cross(w,u)+1.5*w);
 L=normalize(vec3(R(40.)-.5,.45,R(41.)-.5));
 vec3 gain=vec3(1),col=vec3(0);
 for(int b=0;b<3;b++){
  float t=1e4,id=0.;vec4 s=vec4(0);
  for(int i=0;i<8;i++){float q=meet(ro,rd,ball[i]);if(q<t){t=q;s=ball[i];id=float(i);}}
  if(t>1e3) break;
  vec3 p=ro+rd*t,n=(p-s.xyz)/s.w;
  float f=.05+.8*pow(1.-max(-dot(n,rd),0.),4.);
  vec3 rf=reflect(rd,n);
  col+=gain*(f*paper(p,rf)+1.5*smoothstep(.97,.985,dot(rf,L)));
  rd=refract(rd,n,1./mix(1.2,1.6,R(42.)));
  float inside=-2.*dot(rd,n)*s.w;
  vec3 mid=(p+rd*inside*.5-s.xyz)/s.w;
  float swirl=smoothstep(.25,.05,abs(mid.x*cos(id)+mid.z*sin(id)+.3*sin(mid.y*5.+id)))*step(.4,R(id+50.));
  col+=gain*swirl*tint(id*.31+.5)*(.5+.5*n.y);
  gain*=(1.-f)*(1.-.9*swirl)*mix(vec3(.95),tint(id*.31),.75*step(.3,R(id+60.)));
  ro=p+rd*inside;n=(ro-s.xyz)/s.w;
  vec3 leave=refract(rd,-n,mix(1.2,1.6,R(42.)));
  rd=dot(leave,leave)<.1?reflect(rd,-n):leave;
 }
 col+=gain*paper(ro,rd);
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
