// Still life: bottles, bowls, vases, fruit and tins turned from random profiles, on a cloth-covered table before a wall.
float seed,what;
vec4 spot[6],form[6]; // x, z, size, height; foot radius, neck radius, wave, squareness
float rnd(float k){return fract(sin(seed*19.37+k*4.931)*43758.5453);}
vec3 pal(float a,float b){return .5+.46*cos(6.28*(a+b*vec3(0,.19,.38)));}
float map(vec3 p){
 float d=min(p.y,2.3-p.z);what=p.z>2.2?-2.:-1.;
 for(int i=0;i<6;i++){
  vec4 o=spot[i],f=form[i];vec3 q=(p-vec3(o.x,0,o.y))/o.z;vec2 a=abs(q.xz);
  float l=mix(length(a),max(a.x,a.y),f.w),y=clamp(q.y/o.w,0.,1.);
  float r=mix(f.x,f.y,y*y*(3.-2.*y))+f.z*y*(1.-y)*4.; // the turned profile
  float v=max(abs(l-r*.5)-r*.5,abs(q.y-o.w*.5)-o.w*.5);
  if(f.w<0.) v=length(q-vec3(0,.45,0))-.45; // fruit
  else v=max(v,r-.06-l-step(f.y,.3)+step(q.y,.06))*.8; // hollow when wide
  if(v*o.z<d){d=v*o.z;what=float(i);}
 }
 return d;
}
void mainImage(out vec4 fragColor,in vec2 fragCoord){
 vec2 uv=(2.*fragCoord-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);
 for(int i=0;i<6;i++){float k=float(i),h=rnd(k+40.);
  spot[i]=vec4(mix(-1.8,1.8,fract(k*.382+rnd(1.))),mix(-1.1,1.3,rnd(k+10.)),mix(.5,1.1,rnd(k+20.)),mix(.35,1.9,h));
  form[i]=vec4(mix(.15,.5,rnd(k+30.)),mix(.8,.08,h*h)*mix(.6,1.,rnd(k+80.)),mix(-.12,.3,rnd(k+90.)),rnd(k+50.)<.25?-1.:step(.8,rnd(k+50.)));}
 float a=(rnd(2.)-.5)*1.4+.1*sin(iTime);
 vec3 ro=vec3(sin(a)*3.6,mix(.5,3.,rnd(3.)),-cos(a)*3.6),w=normalize(vec3(0.,mix(.4,.8,rnd(4.)),.2)-ro),u=normalize(vec3(w.z,0,-w.x));
 vec3 rd=normalize(uv.x*u+uv.y*cross(w,u)+mix(1.2,2.2,rnd(5.))*w),L=normalize(vec3(rnd(6.)*4.-2.,mix(.5,1.6,rnd(7.)),-1.));
 float t=.5,d=0.;
 for(int i=0;i<38;i++){d=map(ro+rd*t);if(d<.004||t>12.) break;t+=d*.9;}
 vec3 p=ro+rd*t;map(p);float id=what;vec2 e=vec2(.008,0);
 vec3 n=normalize(vec3(map(p+e.xyy),map(p+e.yxy),map(p+e.yyx))-map(p)),alb,x=pal(rnd(8.),mix(.4,2.,rnd(9.))),z=pal(rnd(60.),1.);
 if(id<-1.5) alb=z*(.7+.3*step(.5,fract(p.x*mix(.5,5.,rnd(61.))+(rnd(62.)<.5?p.y:0.))));
 else if(id<0.){vec2 f=step(.5,fract(p.xz*mix(1.,4.,rnd(63.))));alb=mix(x,x.gbr*.6+.2,rnd(64.)<.5?(f.x+f.y)*.5:f.x*f.y);}
 else {
  alb=pal(rnd(id+70.),mix(.4,2.,rnd(65.)));
  float k=rnd(id+71.);vec2 b=floor(p.xy*9.);
  if(k<.3) alb*=.55+.45*step(.5,fract(p.y*6.));else if(k<.6) alb=mix(alb,vec3(.95),step(.7,fract(sin(b.x*7.1+b.y*31.)*999.)));
 }
 float sh=1.,s=.05;
 for(int i=0;i<10;i++){float m=map(p+n*.02+L*s);sh=min(sh,6.*m/s);s+=clamp(m,.1,.35);}
 sh=clamp(sh,0.,1.);
 float ao=clamp(map(p+n*.3)/.3,0.,1.),gloss=id<0.?0.:.7;
 vec3 col=alb*(1.3*sh*max(dot(n,L),0.)*vec3(1.1,1,.85)+(.1+.25*ao)*(.6+.5*z))+gloss*sh*pow(max(dot(reflect(rd,n),L),0.),40.);
 fragColor=vec4(sqrt(clamp(col,0.,1.)),1.);
}
