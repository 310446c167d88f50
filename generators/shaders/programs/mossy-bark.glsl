// Tree trunks close up: plated, furrowed or birch bark, bump lit dome the trunk, with moss on one side, ivy leaves over it and a blurred wood behind.
#define S smoothstep
float scene=0.;
float rnd(vec2 p){return fract(sin(dot(p,vec2(42.3,117.7)))*22907.3);}
float pick(float k){return rnd(vec2(scene,k));}
float noise(vec2 p){
 vec2 i=floor(p),f=p-i,e=vec2(1,0);f*=f*(3.-2.*f);
 return mix(mix(rnd(i),rnd(i+e),f.x),mix(rnd(i+e.yx),rnd(i+1.),f.x),f.y);
}
float fbm(vec2 p){return .6*noise(p)+.4*noise(p*3.3+5.);}
vec3 hue(float h){return .5+.4*cos(6.28*(h+vec3(0,.2,.4)));}
float bark(vec2 p){ // height of plates, ridges or peeling rings
 float kind=pick(1.);
 p+=.5*fbm(p);
 if(kind<.4) return S(0.,.22,abs(noise(p*vec2(3,.8))-.5))*.7+.4*fbm(p*vec2(5,2));
 if(kind<.7){float r=abs(sin(p.x*6.+3.*noise(p*vec2(1,.5))));return .6*r+.4*fbm(p*vec2(9,2));}
 return .6+.25*fbm(p*vec2(2,12))-.6*S(.62,.7,noise(p*vec2(1.5,9)));
}
void mainImage(out vec4 color,in vec2 pixel){
 scene=floor(iTime/2.4);
 vec2 s=(2.*pixel-iResolution.xy)/iResolution.y,p=s;
 float lean=(pick(2.)-.5)*1.6,side=pick(3.)<.5?-1.:1.,trunks=1.+floor(3.*pick(4.)),shade=1.;
 vec3 col=mix(hue(pick(5.))*.2,hue(pick(5.)+.15)*1.4,S(.25,.75,fbm(s*1.4+scene)));
 float id=-1.,x=0.,moss=0.;
 for(float i=0.;i<trunks;i++){
  float w=mix(.25,.95,pick(i+10.))*(trunks<2.?1.5:.5+.25*i),y=s.y+1.,u=(s.x-2.*pick(i+13.)+1.-lean*pick(i+16.)*s.y+.1*sin(y*2.+i))/(w*(1.1-.12*y));
  u+=.06*(noise(vec2(u*2.,s.y*5.)+i)-.5);
  shade*=1.-.6*S(1.35,.9,abs(u-.1*side));
  if(abs(u)<1.){id=i;x=u;p=vec2(asin(u)*w,s.y)*mix(1.5,4.,pick(7.))+i*9.+scene;shade=1.;}
 }
 if(id>=0.){
  float h=bark(p),slope=(h-bark(p+vec2(-.04*side,.03)))*mix(2.,5.,pick(8.)),dome=sqrt(1.-x*x)*.6+.4*side*x+.25;
  vec3 skin=mix(vec3(mix(.2,.9,pick(9.))),hue(pick(10.)),.6),wood=mix(skin*.2,skin,S(.2,.8,h))*(.7+.5*noise(p*12.));
  moss=S(.45,.6,fbm(p*.8+40.)+.3*pick(11.)-.3*side*x+.15*h);
  vec3 green=mix(hue(pick(12.)),vec3(.45,.6,.12),.6)*(.25+1.1*fbm(p*15.));
  col=mix(wood*clamp(1.+slope,.25,1.9),green*(1.+.5*slope),moss)*dome;
 }
 col*=shade;
 float leaves=floor(18.*pick(13.)),lobe=3.+floor(4.*pick(14.)),big=mix(.1,.35,pick(15.));
 for(float i=0.;i<leaves;i++){ // ivy climbs along a wavy stem
  float k=i*3.+100.,y=2.6*(i+pick(k))/leaves-1.3,t=6.28*pick(k+1.)+.1*sin(iTime+i);
  vec2 c=vec2(.4*sin(y*2.+scene)+(pick(17.)-.5)+.5*(pick(k+2.)-.5),y),v=mat2(cos(t),sin(t),-sin(t),cos(t))*(s-c)/(big*(.5+pick(k+.5)));
  float a=atan(v.y,v.x),edge=.55+.2*cos(a*lobe)+.25*cos(a)-length(v);
  col*=1.-.5*S(-.2,.1,edge);
  vec3 leaf=hue(pick(18.)+.15*pick(k+1.5))*(.4+.6*pick(k+2.5))+.25*S(.06,0.,abs(sin(a*lobe*.5))*length(v));
  col=mix(col,leaf,S(0.,.06,edge));
 }
 color=vec4(sqrt(max(col,0.)),1);
}
