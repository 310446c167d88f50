// Rain on a window at night or dusk: round drops and running trails each show an upside-down, sharp view of the city that is blurred into bokeh behind.
#define S smoothstep
float scene=0.;
float rnd(vec2 p){return fract(sin(dot(p,vec2(35.9,141.3)))*23789.1);}
float pick(float k){return rnd(vec2(scene,k));}
float noise(vec2 p){
 vec2 i=floor(p),f=p-i,e=vec2(1,0);f*=f*(3.-2.*f);
 return mix(mix(rnd(i),rnd(i+e),f.x),mix(rnd(i+e.yx),rnd(i+1.),f.x),f.y);
}
vec3 hue(float h){return .55+.45*cos(6.28*(h+vec3(0,.3,.6)));}
// the world outside; blur softens its edges
vec3 street(vec2 p,float blur){
 float day=pick(1.),base=mix(-.6,.2,pick(2.));
 vec3 c=mix(hue(pick(3.)),hue(pick(3.)+.25),S(-1.,1.,p.y))*mix(.12,1.,day);
 for(float i=0.;i<3.;i++){
  float x=p.x*(2.5-.5*i)+i*5.+scene,n=floor(x),top=base+(.9-.3*i)*rnd(vec2(n,i+scene))-.15*i;
  float inside=S(blur,-blur,p.y-top)*S(.5+blur,.5-blur,abs(fract(x)-.5)+.03);
  c=mix(c,hue(pick(4.)+.1*rnd(vec2(n,i)))*mix(.08,.6,day),inside);
 }
 for(float i=0.;i<12.;i++){
  vec2 q=p-vec2(2.6*pick(i+20.)-1.3,base+1.5*(pick(i+50.)-.65));
  float r=(.03+.12*pick(i+80.))*(.35+blur*6.),d=length(q);
  vec3 lamp=hue(pick(5.)+pick(6.)*pick(i+110.));
  c+=lamp*mix(1.1,.35,day)*S(r,r*.8,d);
 }
 return c;
}
void mainImage(out vec4 color,in vec2 pixel){
 scene=floor(iTime/2.9);
 vec2 p=(2.*pixel-iResolution.xy)/iResolution.y,bulge=vec2(0);
 float wet=0.,wiped=0.,ring=0.,density=mix(.2,.8,pick(7.)),zoom=mix(.5,1.5,pick(8.)),wind=(pick(9.)-.5)*.5;
 for(float layer=0.;layer<4.;layer++){
  bool runs=layer>1.5;
  vec2 q=p;q.x+=wind*q.y;q*=zoom*(runs?vec2(3.,.9)*(layer-1.):vec2(7.-5.*layer));
  if(runs) q.y+=rnd(vec2(floor(q.x),layer))*9.+iTime*.4*(.5+rnd(vec2(floor(q.x),scene)));
  vec2 id=floor(q),r=vec2(rnd(id+scene),rnd(id+3.7+layer));
  float here=step(1.-density,fract(r.x*7.3+r.y));
  vec2 v=fract(q)-.5;
  if(runs){
   float sway=.18*sin(q.y*5.+r.x*6.)+.3*(r.x-.5);
   float trail=S(.1,.05,abs(v.x-sway))*S(-.3,-.25,v.y)*here;
   wiped=max(wiped,trail);bulge.x+=trail*(v.x-sway)*-2.;
   v=vec2(v.x-.3*(r.x-.5)-.18*sin((id.y+.2)*5.+r.x*6.),(v.y+.3)*3.);
  } else v+=.5*(r-.5);
  float size=.12+.22*r.y,d=length(v)/size,in1=S(1.,.9,d)*here;
  wet=mix(wet,1.,in1);ring=mix(ring,d,in1);bulge=mix(bulge,-v/size*1.3,in1);
 }
 wet=max(wet,wiped*.7);
 vec3 col=street(mix(p,p*mix(.2,.6,pick(11.))+bulge,step(.5,wet)),wet>.5?.03:mix(.06,.25,pick(10.)));
 col=mix(col*.85+.12*pick(12.),col*(1.15-.6*ring*ring)+.08,wet);
 col+=.8*wet*S(.35,.1,length(bulge-vec2(-.5,.6)));
 vec2 bar=abs(p-2.4*vec2(pick(13.),pick(14.))+1.2);
 col=mix(col,hue(pick(15.))*S(.12,.02,min(bar.x,bar.y)),S(.09,.08,min(bar.x,bar.y))*step(.75,pick(16.)));
 color=vec4(col,1);
}
