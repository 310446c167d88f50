// Swimming pool from above: caustic nets over tiles, mosaics or sand, refracted by ripples, with lilos, rings, balls and leaves casting displaced shadows.
#define S smoothstep
float scene=0.;
float rnd(vec2 p){return fract(sin(dot(p,vec2(43.3,151.1)))*21911.7);}
float pick(float k){return rnd(vec2(scene,k));}
float noise(vec2 p){
 vec2 i=floor(p),f=p-i,e=vec2(1,0);f*=f*(3.-2.*f);
 return mix(mix(rnd(i),rnd(i+e),f.x),mix(rnd(i+e.yx),rnd(i+1.),f.x),f.y);
}
float net(vec2 p){ // bright where two drifting wave fields agree
 float t=iTime*.8,a=0.;
 for(float i=1.;i<4.;i++){
  p+=.35*sin(p.yx*1.7+t+i*2.)/i;
  a+=.09/(.06+abs(noise(p*i+t*.4)-noise(p*i*1.1-t*.3+9.)));
 }
 return a;
}
vec3 hue(float h){return .55+.45*cos(6.28*(h+vec3(0,.33,.67)));}
float thing(vec2 v,float kind){ // inside is negative
 if(kind<1.) return abs(length(v)-.7)-.28;
 if(kind<2.) return length(v)-.7;
 if(kind<3.){v=abs(v)-vec2(.45,.85);return length(max(v,0.))+min(max(v.x,v.y),0.)-.12;}
 return abs(v.x)*1.6+v.y*v.y*.9-.7;
}
void mainImage(out vec4 color,in vec2 pixel){
 scene=floor(iTime/2.8);
 vec2 s=(2.*pixel-iResolution.xy)/iResolution.y;
 float turn=6.28*pick(1.),depth=mix(.05,.35,pick(2.)),la=6.28*pick(3.),zoom=mix(.6,1.8,pick(4.));
 vec2 light=vec2(cos(la),sin(la)),ripple=vec2(noise(s*3.+iTime),noise(s*3.+20.-iTime))-.5;
 vec2 p=mat2(cos(turn),sin(turn),-sin(turn),cos(turn))*(s+ripple*depth*.6)*zoom+scene;
 vec3 water=mix(vec3(.1,.65,.8),hue(.4+.4*pick(5.)),.4);
 float kind=floor(3.*pick(6.)),size=mix(2.,8.,pick(7.));
 vec2 g=p*size;if(kind==1.) g.x+=.5*mod(floor(g.y),2.);
 vec2 id=floor(g),f=abs(fract(g)-.5);
 float check=mod(id.x+id.y,2.);
 vec3 floorColour=(.7+.3*rnd(id))*(kind<1.?mix(vec3(.9),hue(pick(8.)),check):kind<2.?mix(vec3(.95),hue(pick(8.)+.2*rnd(id)),.5):hue(pick(8.)+.5*step(.5,noise(id*.25+scene))));
 floorColour*=.6+.4*S(.5,.44,max(f.x,f.y));
 floorColour=mix(floorColour,vec3(.1,.1,.25),S(.16,.15,abs(p.x-scene-.3))*step(.6,pick(9.)));
 vec3 col=floorColour*mix(vec3(1),water,.7)*(.35+.4*net(p*mix(1.5,4.,pick(10.))));
 float n=1.+floor(7.*pick(11.));
 for(float i=0.;i<n;i++){
  float k=i*7.+30.,r=mix(.15,.7,pick(k)*pick(k)),a=6.28*pick(k+1.)+.2*iTime,ty=floor(4.*pick(k+2.));
  vec2 c=2.4*vec2(pick(k+3.),pick(k+4.))-1.2;
  mat2 w=mat2(cos(a),sin(a),-sin(a),cos(a))/r;
  vec2 v=w*(s-c),u=w*(s-c+light*(depth+.05));
  col*=1.-.6*S(.08,-.08,thing(u,ty));
  float d=thing(v,ty),lit=ty<1.?dot(normalize(s-c),light)*(length(v)-.7)*3.:ty<2.?dot(s-c,light)/r:.3*sin(v.x*14.);
  float wedge=step(0.,sin(ty<2.?atan(v.y,v.x)*floor(2.+4.*pick(k+5.)):v.y*19.));
  vec3 skin=mix(hue(pick(k+6.)),vec3(1),wedge)*(.75+.4*lit)+.6*S(.75,.95,lit);
  col=mix(col,skin,S(.02,-.02,d));
 }
 color=vec4(col,1);
}
