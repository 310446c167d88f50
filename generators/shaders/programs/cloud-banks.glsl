// Skies from dawn to storm: layered cumulus with sunlit edges and grey bellies, sun glow, birds or balloons, over hills or sea.
#define S smoothstep
float scene=0.;
float rnd(vec2 p){return fract(sin(dot(p,vec2(25.3,173.9)))*20507.9);}
float pick(float k){return rnd(vec2(scene,k));}
float noise(vec2 p){
 vec2 i=floor(p),f=p-i,e=vec2(1,0);f*=f*(3.-2.*f);
 return mix(mix(rnd(i),rnd(i+e),f.x),mix(rnd(i+e.yx),rnd(i+1.),f.x),f.y);
}
float fbm(vec2 p){float s=0.,a=.5;for(int i=0;i<4;i++){s+=a*noise(p);p=p*2.07+3.7;a*=.5;} return s;}
vec3 hue(float h){return .55+.45*cos(6.28*(h+vec3(0,.25,.5)));}
void mainImage(out vec4 color,in vec2 pixel){
 scene=floor(iTime/2.2);
 vec2 p=(2.*pixel-iResolution.xy)/iResolution.y,sun=vec2(2.4,1.6)*vec2(pick(1.),pick(2.))-vec2(1.2,.5);
 float horizon=mix(-1.3,.1,pick(3.)),h=pick(4.),cover=mix(.4,.6,pick(5.)),zoom=mix(.7,2.6,pick(6.)),wind=.06*iTime+scene*7.;
 vec3 zenith=mix(vec3(.1,.3,.75),hue(h)*.6,pick(7.)),low=mix(vec3(.8,.9,1),hue(h+.15),pick(7.)),warm=mix(vec3(1),hue(h),.4);
 vec3 col=mix(low,zenith,S(horizon,1.1,p.y));
 float sd=length(p-sun);
 col+=warm*(.35/(1.+9.*sd*sd)+S(.1,.08,sd));
 for(float i=0.;i<3.;i++){     // from high thin cloud to the big near banks
  float up=max(p.y-horizon+.25,.05);
  vec2 q=vec2(p.x,p.y*mix(3.,1.4,i/2.))*zoom*(2.-.5*i)/mix(1.,up,.5*pick(i+20.))+wind*(1.+i)*.5+i*40.;
  q+=.6*vec2(noise(q),noise(q+9.))+.2*noise(q*3.);
  float d=fbm(q),e=fbm(q+normalize(sun-p)*.22),c=1.-cover-.06*i;
  float body=S(c,c+mix(.25,.06,i/2.),d),thick=S(c,c+.4,e);
  vec3 lit=mix(warm*1.15,mix(zenith,low,.4)*mix(.75,.35,pick(9.)),clamp(thick*.9+(e-d)*1.2,0.,1.));
  col=mix(col,lit,body);
 }
 float n=floor(9.*pick(10.)),balloon=step(.5,pick(12.));
 for(float i=0.;i<n;i++){
  float r=mix(.05,.35,pick(i+40.)*pick(i+50.));
  vec2 v=(p-2.2*vec2(pick(i+60.),pick(i+70.))+vec2(1.1,.8+.03*sin(iTime+i)))/r;
  if(balloon>.5){
   vec2 b=v*vec2(1.+.35*S(0.,-1.2,v.y),1);
   float skin=S(1.,.95,length(b)),stripe=step(0.,sin(b.x/sqrt(max(1.05-b.y*b.y,.01))*7.+i));
   col=mix(col,mix(hue(pick(i+80.)),vec3(.9,.8,.6),stripe)*(.7+.5*dot(b,normalize(sun-p))),skin);
   v.y+=1.45;col=mix(col,vec3(.3,.18,.1),S(.2,.17,max(abs(v.x),abs(v.y))));
  } else{
   float flap=.5*sin(iTime*6.+i*2.),wing=abs(v.y-abs(v.x)*flap+v.x*v.x*.5);
   col=mix(col,zenith*.15,S(.16,.1,wing+.12*abs(v.x))*S(1.,.95,abs(v.x)));
  }
 }
 for(float i=0.;i<3.;i++){
  float y=horizon-.18*i+.35*pick(13.)*(noise(p.xx*(1.2+i)+scene+i*9.)+.2*noise(p.xx*9.+i)-.3)*(1.+i);
  vec3 land=mix(hue(pick(14.)+.08*i)*(.25+.5*noise(p*vec2(9,30)+i)),low,.6-.28*i);
  col=mix(col,land,S(-.004,.004,y-p.y));
 }
 color=vec4(col,1);
}
