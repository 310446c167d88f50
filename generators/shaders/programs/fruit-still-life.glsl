// Still life: apples, pears, lemons and striped melons with shading, gloss, stalks and cast shadows, heaped on cloth, boards or a spotted table by a wall.
#define S smoothstep
float scene=0.;
float rnd(vec2 p){return fract(sin(dot(p,vec2(34.7,161.9)))*21163.1);}
float pick(float k){return rnd(vec2(scene,k));}
float noise(vec2 p){
 vec2 i=floor(p),f=p-i,e=vec2(1,0);f*=f*(3.-2.*f);
 return mix(mix(rnd(i),rnd(i+e),f.x),mix(rnd(i+e.yx),rnd(i+1.),f.x),f.y);
}
vec3 hue(float h){return .52+.48*cos(6.28*(h+vec3(0,.3,.6)));}
void mainImage(out vec4 color,in vec2 pixel){
 scene=floor(iTime/2.4);
 vec2 p=(2.*pixel-iResolution.xy)/iResolution.y,v=p,off=p;
 float side=sign(pick(1.)-.5),table=mix(-.7,1.3,pick(2.)),big=mix(.25,.75,pick(3.)),h=pick(4.),mode=floor(3.*pick(5.)),shade=1.,id=0.,e=2.,kind=0.,depth=1./max(table+1.2-(p.y+1.2)*.75,.15);
 vec3 light=normalize(vec3(side*mix(.3,1.,pick(6.)),.7,.7)),clothes=hue(pick(10.)),col=hue(h)*mix(.2,.95,pick(7.))*(.7+.5*noise(p*3.+scene));
 vec2 f=vec2(p.x*depth,depth*2.)*mix(1.5,5.,pick(9.))+scene,g=step(.5,fract(f));
 if(p.y<table) col=(mode<1.?mix(clothes,vec3(.95),.5*(g.x+g.y)):mode<2.?clothes*(.6+.5*noise(f*vec2(1,12))):mix(clothes,hue(pick(11.)),S(.45,.5,length(fract(f)-.5))))*(.7+.4*noise(f*.7));
 for(float i=0.;i<14.;i++){     // far to near, keep the nearest fruit
  float k=i*9.+30.,ty=floor(4.*fract(pick(12.)+pick(13.)*pick(k))),R=big*mix(.4,1.1,pick(k+1.))*(ty>2.?1.3:1.),t=(pick(k+5.)-.5)*(ty>1.?5.:1.2);
  vec2 c=p-vec2(2.8*pick(k+3.)-1.4,mix(min(table,1.)-.1,-1.2,(i+pick(k+4.))/14.)),u=mat2(cos(t),sin(t),-sin(t),cos(t))*c/R,s=c/R+vec2(side*.5,.5),w=u;
  if(pick(k+2.)>pick(14.)+.4) continue;
  shade*=1.-.7*S(1.25,.6,length(s*vec2(1,2.2)))*step(p.y,table);
  if(ty<1.) w.y+=.12*abs(u.x)-.22*exp(-u.x*u.x*9.)*step(0.,u.y);      // apple
  else if(ty<2.) w.x*=1.+.55*S(-.1,.8,u.y);                                    // pear
  else w.y*=1.2;
  float d=length(w),stalk=abs(u.x-.12*u.y*u.y)+step(u.y,.5)+step(1.25,u.y)+step(2.,ty);
  if(min(d,stalk*20.)<1.){e=d;v=u;off=c/R*d/(length(u)+.001);kind=ty;id=k;shade=1.;}
 }
 if(id>0.&&e>1.) col=vec3(.3,.2,.1);
 if(e<1.){
  vec3 n=vec3(off,sqrt(1.-e*e));
  float tone=noise(v*2.5+id),hh=pick(15.)+.6*pick(16.)*pick(id+6.),lon=v.x/max(sqrt(1.02-v.y*v.y*.9),.2);
  vec3 skin=mix(hue(hh),hue(hh+.12)*1.1,S(.3,.7,tone+.4*v.y));
  if(kind>2.) skin*=mix(.3,1.1,S(-.3,.4,sin(asin(clamp(lon,-1.,1.))*9.+2.*tone)));
  else if(kind<1.) skin=mix(skin,vec3(.95,.85,.3),.6*S(.55,.8,noise(vec2(lon*9.,v.y*1.5+id))));
  else skin*=1.-.4*S(.7,.8,noise(v*28.));
  col=skin*(.25+.95*max(dot(n,light),0.))+.7*pow(max(dot(n,normalize(light+vec3(0,0,1))),0.),60.);
 }
 color=vec4(col*shade*(1.15-.25*length(p)),1);
}
