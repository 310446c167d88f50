// Meshing brass and steel gears, a random chain of sizes, over a wood or metal plate: shallow ray march with cast shadows.
float seed;
vec4 gear[5],form[5]; // centre, radius, turn; height, thickness, spokes, teeth
float rnd(float k){return fract(sin(seed*9.77+k*5.31)*43758.5453);}
float hash(vec2 p){return fract(sin(dot(p,vec2(19.3,83.7)))*13758.53);}
float hit;
float map(vec3 p){
 float d=p.z;hit=-1.;
 for(int i=0;i<5;i++){
  float R=gear[i].z;vec2 q=p.xy-gear[i].xy;
  float l=length(q),g=l-R-.2,z=abs(p.z-form[i].x)-form[i].y;
  if(g<.15){
   float a=atan(q.y,q.x)+gear[i].w;
   g=l-R-.085*clamp(1.6*cos(a*form[i].w),-1.,1.);
   float hole=max(max(l-R*.76,R*.34-l),cos(a*form[i].z)*l*.5-.12*R); // cut-outs between spokes
   g=max(g,-hole);g=max(g,.07-l);
  }
  float v=min(max(g,z),max(l-.16*R-.03,z-.12));
  if(v<d){d=v;hit=float(i);}
 }
 return d;
}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);
 vec2 c=vec2(0);float R=mix(.5,1.1,rnd(1.)),turn=iTime*.8,way=rnd(2.)*6.28;
 for(int i=0;i<5;i++){
  gear[i]=vec4(c,R,turn);
  float k=float(i);
  form[i]=vec4(mix(.22,.5,rnd(k+60.)),mix(.08,.2,rnd(k+70.)),floor(mix(3.,7.,rnd(k+80.))),floor(R*12.+.5));
  float R2=mix(.28,1.2,rnd(k+10.)*rnd(k+14.)*1.5);
  way+=mix(1.,2.2,rnd(k+20.));if(i==3) way+=1.2;
  c+=(R+R2)*vec2(cos(way),sin(way));turn=-turn*R/R2;R=R2;
 }
 float zoom=mix(.9,2.4,rnd(3.)),a=rnd(4.)*6.28;
 vec3 ro=vec3(gear[2].xy*.5+uv*zoom,1.2),rd=normalize(vec3(vec2(cos(a),sin(a))*mix(0.,.9,rnd(5.))+uv*.35,-1.));
 ro-=rd*.1;ro.xy-=rd.xy;
 vec3 L=normalize(vec3(cos(a+rnd(6.)*5.),sin(a+rnd(6.)*5.),.5+rnd(7.)));
 float t=.3,d=0.;
 for(int i=0;i<18;i++){d=map(ro+rd*t);t+=d*.9;if(d<.004) break;}
 vec3 p=ro+rd*t;map(p);float id=hit;
 vec2 e=vec2(.008,0);
 vec3 n=normalize(vec3(map(p+e.xyy),map(p+e.yxy),map(p+e.yyx))-map(p)+1e-6),alb;
 vec3 back=.5+.42*cos(6.28*(rnd(8.)+vec3(0,.13,.3)*(.4+1.4*rnd(9.))));
 if(id<0.){
  vec2 q=p.xy*mix(1.,3.,rnd(12.));float plank=floor(q.y*1.3);
  if(rnd(10.)<.5) alb=back*(.55+.25*sin(q.x*2.+6.*sin(q.y*9.+plank))+.25*hash(vec2(plank)));
  else alb=back*(.45+.4*mod(floor(q.x*2.)+floor(q.y*2.),2.));
 } else {
  vec2 g=p.xy;for(int i=0;i<5;i++) if(float(i)==id) g-=gear[i].xy;
  alb=.55+.4*cos(6.28*(rnd(id+30.)*mix(.12,1.,rnd(11.))+rnd(13.)+vec3(0,.1,.25)));
  alb*=.8+.2*sin(length(g)*60.);
 }
 float sh=1.,s=.04;
 for(int i=0;i<7;i++){float m=map(p+n*.02+L*s);sh=min(sh,9.*m/s);s+=clamp(m,.07,.2);}
 sh=clamp(sh,0.,1.);
 vec3 r=reflect(rd,n);
 float spec=pow(max(dot(r,L),0.),18.);
 vec3 col=alb*(1.1*sh*max(dot(n,L),0.)+.28)+(id<0.?.1:.8)*alb*(spec*sh*1.5+.3*sin(r.x*4.+r.y*3.)+.2);
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
