// Wind-rippled dunes, marched heightfield with sharp crests, long shadows and a sun that wanders from scene to scene.
float seed,sharp,dens;
float R(float k){return fract(sin(seed*2.93+k*8.71)*43758.5453);}
float noise(vec2 p){vec2 i=floor(p),f=p-i;f*=f*(3.-2.*f);vec4 h=fract(sin(dot(i,vec2(37,60))+vec4(0,37,60,97))*7531.7);h.xy=mix(h.xz,h.yw,f.x);return mix(h.x,h.y,f.y);}
float height(vec2 p){
 p*=dens;
 vec2 q=p+.8*sin(p.yx*.9+sin(p*.37)*2.+seed);
 float a=fract(q.x*.5+.25*q.y),ridge=a<sharp?a/sharp:(1.-a)/(1.-sharp); // gentle windward, steep lee
 return (ridge*ridge*(3.-2.*ridge)*(.3+.9*noise(q*.35+3.))+.8*noise(p*.23))/dens;
}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);sharp=mix(.55,.88,R(1.));dens=mix(.45,1.6,R(2.));
 float yaw=R(3.)*6.28,pitch=mix(.1,-.75,R(4.)*R(5.));
 vec3 ro=vec3(R(6.)*200.,0.,R(7.)*200.+iTime*.2);
 ro.y=height(ro.xz)+mix(.25,2.6,R(5.));
 vec3 w=vec3(sin(yaw)*cos(pitch),sin(pitch),cos(yaw)*cos(pitch)),u=normalize(vec3(w.z,0,-w.x));
 float roll=(R(8.)-.5)*.4;uv=mat2(cos(roll),sin(roll),-sin(roll),cos(roll))*uv;
 vec3 rd=normalize(uv.x*u+uv.y*cross(w,u)+mix(.8,2.,R(9.))*w);
 float az=yaw+(R(10.)-.5)*4.;
 vec3 L=normalize(vec3(sin(az),mix(.12,.6,R(11.)),cos(az)));
 vec3 sand=.58+.38*cos(6.28*(mix(.0,.16,R(12.))+step(.75,R(13.))*R(14.)+vec3(0,.1,.24)));
 vec3 top=.35+.35*cos(6.28*(R(15.)+vec3(.5,.35,.1))),low=.65+.35*cos(6.28*(R(16.)+vec3(0,.1,.25)));
 float elev=clamp(rd.y*2.5,0.,1.),glare=max(dot(rd,L),0.);
 vec3 sky=mix(low,top,sqrt(elev))+vec3(1,.8,.5)*(smoothstep(.993,.996,glare)+.35*pow(glare,8.));
 float cirrus=noise(rd.xz/(rd.y+.12)*vec2(1,3)+seed);
 sky=mix(sky,low+.15,smoothstep(.5,.95,cirrus)*elev*.8);
 float t=.05,h=1.;
 for(int i=0;i<38;i++){vec3 p=ro+rd*t;h=p.y-height(p.xz);if(h<.003*t||t>50.) break;t+=h*.6+.006*t;}
 vec3 col=sky;
 if(t<50.&&h<.02*t){
  vec3 p=ro+rd*t;vec2 e=vec2(.02+.004*t,0);
  float y=height(p.xz);
  vec3 n=normalize(vec3(y-height(p.xz+e),e.x,y-height(p.xz+e.yx)));
  float rip=sin(dot(p.xz,vec2(9,5))*3.*dens+6.*noise(p.xz*dens*2.)+noise(p.xz*5.)*3.);
  n=normalize(n+vec3(.1,0,.06)*rip/(1.+t*.12)*n.y);
  float sh=1.,s=.1;
  for(int i=0;i<9;i++){vec3 q=p+L*s;sh=min(sh,.5+8.*(q.y-height(q.xz))/s);s*=1.7;}
  vec3 alb=sand*(.8+.3*noise(p.xz*7.)+.1*rip/(1.+t*.1));
  if(R(18.)<.4) alb=mix(alb,sand.bgr*.5,smoothstep(.62,.7,noise(p.xz*.9*dens))); // scrub or gravel flats
  col=alb*(1.6*clamp(sh,0.,1.)*max(dot(n,L),0.)*vec3(1.1,.95,.8)+.32*top+.06);
  col=mix(col,sky,1.-exp(-t*mix(.01,.05,R(19.))));
 }
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
