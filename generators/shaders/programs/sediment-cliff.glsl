// A cliff face of folded sediment: faulted strata of many colours and grain, ledges catching light, fossil spirals, talus, sky and pines on the rim.
#define S smoothstep
float scene=0.;
float rnd(vec2 p){return fract(sin(dot(p,vec2(33.7,139.3)))*20719.7);}
float pick(float k){return rnd(vec2(scene,k));}
float noise(vec2 p){
 vec2 i=floor(p),f=p-i,e=vec2(1,0);f*=f*(3.-2.*f);
 return mix(mix(rnd(i),rnd(i+e),f.x),mix(rnd(i+e.yx),rnd(i+1.),f.x),f.y);
}
float fbm(vec2 p){return .5*noise(p)+.28*noise(p*2.3+5.)+.15*noise(p*5.1)+.07*noise(p*13.);}
vec3 hue(float h){return .55+.4*cos(6.28*(h+vec3(0,.15,.3)));}
void mainImage(out vec4 color,in vec2 pixel){
 scene=floor(iTime/2.1);
 vec2 p=(2.*pixel-iResolution.xy)/iResolution.y,q=p;
 float rim=mix(-.1,1.8,pick(1.))+.5*(noise(p.xx*1.5+scene)-.5)+.15*fbm(p.xx*6.),turn=(pick(2.)-.5)*2.;
 vec3 sky=mix(hue(pick(3.)+.5),vec3(.9,.95,1),S(1.2,-.6,p.y))*mix(.5,1.1,pick(4.))+.3*S(.45,.8,fbm(p*vec2(1.5,3)+.1*iTime+scene));
 float faults=floor(4.*pick(5.)),crack=9.;
 for(float i=0.;i<faults;i++){     // rock on one side of a fault has slipped
  float d=p.x-2.*pick(i+20.)+1.+p.y*(pick(i+30.)-.5)*1.5+.08*fbm(p*4.);
  q.y+=step(0.,d)*(pick(i+40.)-.5)*.9;crack=min(crack,abs(d));
 }
 q.y+=turn*.7*q.x+mix(0.,.5,pick(6.)*pick(6.5))*sin(q.x*mix(1.,4.,pick(7.))+scene)+.12*(fbm(q*2.)-.5);
 float y=q.y*mix(2.,8.,pick(8.))+50.,bed=floor(y),f=y-bed,uneven=rnd(vec2(bed,scene));
 if(uneven>.5){y=y*3.+rnd(vec2(bed));bed=floor(y)+.5;f=y-floor(y);}
 float r=rnd(vec2(bed,scene+7.)),grain=fbm(q*mix(vec2(2,50),vec2(14),r)+bed),h=fbm(p*vec2(3,5)+bed*3.),h2=fbm((p+vec2(.03,.03))*vec2(3,5)+bed*3.);
 vec3 rock=mix(hue(pick(9.)+mix(.1,.8,pick(10.))*(r-.5)),vec3(r),.35)*mix(.45,1.3,rnd(vec2(bed,3)))*(.55+.8*grain);
 rock=mix(rock,rock.bgr*.5,step(.75,r)*S(.3,.2,length(vec2(fract(q.x*7.+bed*.3),f)-.5)));      // cobbles
 vec2 v=vec2(fract(q.x*1.5+r*9.)-.5,(f-.5)*.4);float a=atan(v.y,v.x),d=length(v);             // ammonites
 rock=mix(rock,vec3(.9,.85,.75)*(.6+.4*sin(a*12.)),S(.16,.15,d)*S(-.3,.3,sin(a+d*80.))*step(.7,rnd(vec2(bed,9))));
 rock*=(.65+.5*S(1.,.6,f)*S(0.,.25,f))*clamp(1.+5.*(h-h2),.3,1.7)*mix(.25,1.,S(.0,.03,crack));
 float ledge=S(.45,.6,fbm(p*vec2(1.2,2.5)+scene*3.)+.1*p.x);
 rock*=mix(mix(.35,.8,pick(11.)),1.2,ledge);
 float pile=p.y+1.1-.8*pick(12.)*fbm(p.xx*1.3+9.);vec2 g=floor(p*14.);
 rock=mix(rock,hue(pick(9.))*(.3+.7*rnd(g)),S(.02,-.02,pile));
 float tree=p.x*mix(5.,14.,pick(13.)),n=rnd(vec2(floor(tree),scene)),tall=.4*n*step(.4,n),up=p.y-rim;
 float pine=tall-up-abs(fract(tree)-.5)*(.5+.3*fract(up*25.));
 vec3 col=mix(sky,vec3(.06,.14,.07),S(0.,.02,pine)*step(.4,pick(14.)));
 color=vec4(mix(col,rock,S(.01,-.01,up)),1);
}
