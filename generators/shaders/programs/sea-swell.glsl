// Rolling sea with reflections, foam, rocks and small sailing boats under changing skies: wave heightfield plus cone sails.
float seed,swell,chop;
float R(float k){return fract(sin(seed*12.1+k*4.71)*43758.5453);}
float noise(vec2 p){vec2 i=floor(p),f=p-i;f*=f*(3.-2.*f);vec4 h=fract(sin(dot(i,vec2(37,60))+vec4(0,37,60,97))*7531.7);h.xy=mix(h.xz,h.yw,f.x);return mix(h.x,h.y,f.y);}
vec3 pal(float a,float b){return .5+.45*cos(6.28*(a+b*vec3(0,.15,.32)));}
float wave(vec2 p){
 float h=0.,a=swell,k=.5;vec2 d=vec2(.8,.6);p+=seed;
 for(int i=0;i<5;i++){float s=sin(dot(p,d)*k+iTime*1.2);h+=a*(1.-abs(s))*.9;p+=d*s*a*.4;d=mat2(.6,.8,-.8,.6)*d;k*=1.75;a*=chop;}
 return h;
}
float rock(vec2 p){return (noise(p*.22+seed)-mix(.5,1.2,R(7.)))*12.+1.2*noise(p*.9)+.5*noise(p*2.7);}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);swell=mix(.1,1.,R(1.));chop=mix(.38,.6,R(2.));
 float e=mix(-.02,-.6,R(3.)*R(4.));
 vec3 ro=vec3(0.,wave(vec2(0))+mix(.5,5.,R(3.)),0.),rd=normalize(vec3(uv,mix(.9,2.4,R(8.))));rd.yz*=mat2(cos(e),sin(e),-sin(e),cos(e));
 vec3 L=normalize(vec3(R(9.)*2.-1.,mix(.06,.8,R(10.)),mix(1.,-1.,R(11.))));
 vec3 low=pal(R(12.),mix(.3,1.4,R(13.)))*.8+.15,top=pal(R(14.)+.4,1.2)*.6,deep=pal(mix(.35,.8,R(15.)),1.2)*.5;
 float storm=R(16.),t=.1,h=1.;
 for(int i=0;i<46;i++){vec3 p=ro+rd*t;h=p.y-max(wave(p.xz),rock(p.xz));if(h<.004*t||t>60.) break;t+=h*.55+.008*t;}
 bool land=false;vec3 p=ro+rd*t,d=rd,n=vec3(0);
 if(t<60.){
  vec2 k=vec2(.01+.006*t,0);
  land=rock(p.xz)>wave(p.xz);
  if(land){float y=rock(p.xz);n=normalize(vec3(y-rock(p.xz+k),k.x,y-rock(p.xz+k.yx)));}
  else {float y=wave(p.xz);n=normalize(vec3(y-wave(p.xz+k),k.x,y-wave(p.xz+k.yx))+k.x*.3*(noise(p.xz*6.+iTime)-.5));d=reflect(rd,n);d.y=abs(d.y);}
 }
 float sun=max(dot(d,L),0.),elev=clamp(d.y*1.6,0.,1.);
 vec3 sky=mix(low,top,sqrt(elev))+.4*pow(sun,8.)+smoothstep(.994,.997,sun);
 vec2 c=d.xz/(d.y+.13)+seed;float cl=noise(c)*.6+noise(c*2.3)*.4;
 sky=mix(sky,mix(top*.4,low+.2,cl*.7+.3*sun),smoothstep(.65-.4*storm,.9-.3*storm,cl)*smoothstep(0.,.15,d.y));
 vec3 col=sky;
 if(t<60.){
  if(land){vec3 alb=mix(pal(R(17.),.5)*.5,pal(.25,.7)*.5,smoothstep(.6,.8,n.y))*(.5+.8*noise(p.xz*5.+p.y*6.));
   col=mix(alb*(1.4*max(dot(n,L),0.)+.4),vec3(.9),smoothstep(.25,.0,p.y-wave(p.xz))*.7);}
  else {float f=.04+.75*pow(1.-max(dot(n,-rd),0.),5.),crest=smoothstep(.5,1.,p.y/swell*.45)*smoothstep(.45,.8,noise(p.xz*4.+iTime*.3));
   col=mix(mix(deep*(.5+.5*max(dot(n,L),0.))+.2*pal(R(18.)+.5,1.)*p.y*sqrt(1.-n.y),sky,f),vec3(.95),crest*.8);}
  col=mix(col,mix(low,top,.1),1.-exp(-t*mix(.004,.025,storm)));
 }
 for(int i=0;i<3;i++){ // sails as flat triangles on facing cards
  float k=float(i),z=mix(5.,16.,R(k+20.)),x=(R(k+30.)-.5)*z*1.2;vec3 q=ro+rd*z/rd.z-vec3(x,wave(vec2(x,z)),z);
  if(z/rd.z>t||R(k+40.)<.3) continue;
  float hull=step(abs(q.y-.18),.22)*step(abs(q.x),.75+q.y*.6),sail=step(.5,q.y)*step(abs(q.x-.06)*2.2,(2.8-q.y))*step(.03,abs(q.x-.06));
  col=mix(col,mix(vec3(.35,.16,.08),mix(vec3(1),pal(R(k+50.),1.),step(.5,fract(q.y*1.2))),sail)*(.6+.5*L.y+.2*q.x),max(hull,sail));
 }
 col=clamp(col,0.,1.);color=vec4(sqrt(col*col*(2.2-1.2*col)),1.);
}
