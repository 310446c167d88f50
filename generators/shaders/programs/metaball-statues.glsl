// Smooth-blended blobs standing on a patterned floor, ray-marched with soft shadow, gloss and a haze backdrop.
float seed;
vec4 ball[7];
float blend;
float rnd(float k){ return fract(sin(seed*17.31+k*7.919)*43758.5453); }
vec3 tint(float x){ return 0.5+0.45*cos(6.2832*(x+rnd(1.)+vec3(0.,rnd(2.)*.6,rnd(3.)))); }
float map(vec3 p){
  float e=0.;
  for(int i=0;i<7;i++){ e+=exp2(-(length(p-ball[i].xyz)-ball[i].w)*blend); }
  return min(-log2(e)/blend, p.y);
}
void mainImage(out vec4 fragColor, in vec2 fragCoord){
  vec2 uv=(2.*fragCoord-iResolution.xy)/iResolution.y;
  seed=floor(iTime/3.);
  blend=mix(3.,16.,rnd(4.));
  float stand=step(.5,rnd(5.));             // towers or spread heaps
  for(int i=0;i<7;i++){
    float k=float(i), r=mix(.25,1.1,rnd(k+20.)*rnd(k+27.)*1.3);
    vec3 c=vec3(rnd(k+30.)-.5,0.,rnd(k+40.)-.5)*mix(4.8,1.8,stand);
    c.y=mix(r*.9, rnd(k+50.)*3.2+.2, stand)+.2*sin(iTime*2.+k*2.);
    ball[i]=vec4(c,r);
  }
  float a=rnd(6.)*6.28+iTime*.1, h=mix(.6,4.5,rnd(7.));
  vec3 ro=vec3(cos(a)*3.5,h,sin(a)*3.5), w=normalize(vec3(0.,mix(.4,1.5,stand),0.)-ro);
  vec3 u=normalize(cross(w,vec3(0.,1.,0.))), rd=normalize(uv.x*u+uv.y*cross(u,w)+mix(1.1,2.2,rnd(8.))*w);
  vec3 L=normalize(vec3(cos(a+2.+rnd(9.)*3.),.35+rnd(10.),sin(a+2.+rnd(9.)*3.)));
  vec3 sky=mix(tint(.55),tint(.8)*.35,clamp(rd.y*1.3+.5,0.,1.));
  float t=.6, d=0.;
  for(int i=0;i<44;i++){ d=map(ro+rd*t); t+=d; if(d<.004||t>25.) break; }
  vec3 col=sky, p=ro+rd*t;
  if(t<25.){
    vec2 e=vec2(.01,0.);
    vec3 n=normalize(vec3(map(p+e.xyy),map(p+e.yxy),map(p+e.yyx))-map(p));
    vec3 alb=vec3(0.);
    float floorHit=step(p.y,.02), sum=1e-4;
    for(int i=0;i<7;i++){ float g=exp2(-8.*(length(p-ball[i].xyz)-ball[i].w)); alb+=tint(float(i)*.17)*g; sum+=g; }
    alb/=sum;
    alb*=.7+.5*smoothstep(-.2,.2,sin(p.x*rnd(14.)*9.+sin(p.z*7.)+p.y*rnd(15.)*20.));
    vec2 q=p.xz*mix(.6,3.,rnd(11.));
    float kind=floor(rnd(12.)*3.), pat=step(0.,sin(q.x*3.)*(kind<1.?sin(q.y*3.):1.));
    if(kind>1.) pat=step(.5,fract(length(q)*.7));
    alb=mix(alb,mix(tint(.3),tint(.62)*.4+.1,pat),floorHit);
    float sh=1., s=.06;
    for(int i=0;i<12;i++){ float m=map(p+n*.02+L*s); sh=min(sh,7.*m/s); s+=clamp(m,.08,.5); }
    sh=clamp(sh,0.,1.);
    float ao=clamp(map(p+n*.35)/.35,0.,1.);
    float spec=pow(max(dot(reflect(rd,n),L),0.),mix(8.,60.,rnd(13.)));
    col=alb*(sh*max(dot(n,L),0.)*vec3(1.3,1.2,1.)+(.15+.3*ao)*(.6+.4*sky))+sh*spec*.8*(1.-floorHit);
    col=mix(col,sky,1.-exp(-.006*t*t));
  }
  fragColor=vec4(sqrt(clamp(col,0.,1.)),1.);
}
