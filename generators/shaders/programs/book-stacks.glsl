// Leaning stacks of thick and thin books on a desk: rotated boxes with page blocks, spines, titles and soft shadow.
float seed,part,level,along; // of the nearest thing
vec4 stack[4]; // x, z, thickness, number of books
float R(float k){return fract(sin(seed*4.19+k*11.37)*43758.5);}
float odd(float m){m=fract(m*.3719)*(m+7.3);return fract(m*1.713);}
float box(vec3 p,vec3 b){p=abs(p)-b;return length(max(p,0.))+min(max(p.x,max(p.y,p.z)),0.);}
vec3 pal(float a,float b){return .5+.46*cos(6.28*(a+b*vec3(0,.19,.38)));}
float map(vec3 p){
 float d=p.y;level=-1e3;
 for(int s=0;s<4;s++){
  vec4 k=stack[s];
  vec3 q=p-vec3(k.x,0,k.y);
  float l=clamp(floor(q.y/k.z),0.,k.w-1.),m=l*3.1+k.x*37.+seed;
  vec2 a=normalize(vec2(1.,(odd(m)-.5)*k.z*7.));
  q=vec3(q.x*a.x-q.z*a.y,q.y-k.z*(l+.5),q.x*a.y+q.z*a.x);
  vec3 b=vec3(mix(.42,.72,odd(m+1.)),k.z*.47,mix(.6,.9,odd(m+2.)));
  float outer=box(q,b),cover=max(outer,-max(abs(q.y)-b.y+.035,.06-b.x-q.x));
  float pages=outer+.045,v=min(cover,pages);
  if(v<d){d=v;level=m;part=step(pages,cover);along=q.z;}
 }
 return d;
}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);
 for(int i=0;i<4;i++){float k=float(i);
  stack[i]=vec4((k-1.5)*1.15+R(k)*.3,(R(k+10.)-.5)*2.2,mix(.14,.36,R(k+20.)),floor(mix(1.,8.,R(k+30.))));}
 float a=R(4.)*6.28+.15*sin(iTime),dist=mix(3.2,4.4,R(5.)),az=a+R(106.)*5.;
 vec3 ro=vec3(sin(a)*dist,mix(.7,4.,R(6.)),cos(a)*dist),w=normalize(vec3((R(7.)-.5)*1.5,mix(.3,1.,R(8.)),0.)-ro);
 vec3 u=normalize(vec3(-w.z,0,w.x)),rd=normalize(uv.x*u+uv.y*cross(u,w)+mix(1.1,1.9,R(9.))*w);
 vec3 wall=pal(R(100.),1.),desk=pal(R(101.)*.3,.5)*.7,L=normalize(vec3(cos(az),mix(.4,1.5,R(107.)),sin(az)));
 float t=.3,d=0.;
 for(int i=0;i<36;i++){d=map(ro+rd*t);t+=d*.9;if(d<.005||t>14.) break;}
 vec3 p=ro+rd*t,col=wall*(.8+.2*step(0.,sin(rd.x*mix(10.,60.,R(102.)))))*(.6+.7*rd.y);
 if(t<14.){
  map(p);float id=level,leaf=part,z=along;vec2 e=vec2(.006,0);
  vec3 n=normalize(vec3(map(p+e.xyy),map(p+e.yxy),map(p+e.yyx))-map(p));
  vec3 alb=desk*(.8+.2*sin(p.x*5.+sin(p.z*3.)*4.));
  if(id>-500.){
   alb=pal(R(id)*mix(.2,1.,R(103.))+R(104.),mix(.5,1.8,R(105.)));
   float band=step(abs(abs(z)-.35),.05)+step(abs(z),.2)*step(.45,fract(z*17.+id));
   alb=mix(alb,vec3(.95,.85,.5)*step(.4,R(id+6.)),.8*min(band,1.));
   if(leaf>.5) alb=vec3(.93,.88,.75)*(.7+.3*sin(p.y*190.));
  }
  float sh=1.,s=.04;
  for(int i=0;i<9;i++){float m=map(p+n*.02+L*s);sh=min(sh,6.*m/s);s+=clamp(m,.08,.4);}
  float ao=clamp(map(p+n*.25)*4.,0.,1.);
  col=mix(col*.6,alb*(1.25*clamp(sh,0.,1.)*max(dot(n,L),0.)+(.12+.3*ao)*(.5+wall)),exp(-.001*t*t*t));
 }
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
