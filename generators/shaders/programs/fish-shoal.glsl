// Reef water with shoals: striped, spotted and countershaded fish in several depth layers over light shafts and a weedy bed.
#define S smoothstep
float scene=0.;
float rnd(vec2 p){return fract(sin(dot(p,vec2(38.3,129.1)))*22271.3);}
float pick(float k){return rnd(vec2(scene,k));}
float noise(vec2 p){
 vec2 i=floor(p),f=p-i,e=vec2(1,0);f*=f*(3.-2.*f);
 return mix(mix(rnd(i),rnd(i+e),f.x),mix(rnd(i+e.yx),rnd(i+1.),f.x),f.y);
}
vec3 hue(float h){return .55+.45*cos(6.28*(h+vec3(0,.3,.6)));}
void mainImage(out vec4 color,in vec2 pixel){
 scene=floor(iTime/2.);
 vec2 p=(2.*pixel-iResolution.xy)/iResolution.y;
 vec3 sea=hue(.35+.4*pick(1.))*mix(.3,.9,pick(2.)),deep=sea*sea*mix(.2,.8,pick(3.));
 float bed=mix(-1.3,-.3,pick(5.))+.25*noise(p.xx*2.+scene);
 vec3 col=mix(deep,sea*1.2,S(-1.2,1.2,p.y));
 col+=sea*.9*S(.5,.9,noise(vec2((p.x+p.y*(pick(6.)-.5))*4.,iTime*.3+scene)))*S(-1.,1.,p.y);
 col=mix(col,mix(hue(pick(7.)),vec3(.9,.8,.6),.6)*(.4+.5*noise(p*vec2(9,40))),S(.01,-.01,p.y-bed));
 for(float layer=0.;layer<5.;layer++){
  float haze=1.-layer/5.,k=layer*20.+20.,scale=mix(6.,.7,sqrt(layer/4.))*mix(.8,1.4,pick(k)),way=pick(k+1.)<.5?-1.:1.,tilt=.6*(pick(k+2.)-.5),density=mix(.95,.35,haze);
  float w=S(.2,.1,abs(fract(p.x*(3.+layer)+.3*sin(p.y*4.+iTime+layer)+pick(k))-.5)*(1.+2.*(p.y-bed)))*step(p.y,bed+.7*noise(p.xx*(3.+layer)));
  col=mix(col,hue(pick(8.)+.3*pick(k))*mix(.25,.8,noise(p*20.)),w*step(.4,pick(k+13.)));
  vec2 q=mat2(cos(tilt),sin(tilt),-sin(tilt),cos(tilt))*p*vec2(way,1)*scale*vec2(1,1.6);q.x-=iTime*.3-k;
  q.x+=.5*mod(floor(q.y),2.)+rnd(vec2(floor(q.y),k));
  vec2 id=floor(q),r=vec2(rnd(id+k),rnd(id+9.+k));
  if(r.x>density) continue;
  vec2 v=(fract(q)-.5-.25*(r.yx-.5))*vec2(1,.62)*2.6/(.75+.4*r.y);
  v.y+=.08*sin(v.x*4.-iTime*7.+r.y*20.);
  float tall=mix(.2,.55,pick(k+4.)),x=v.x,body=tall*sqrt(max((.85-x)*(x+.75),0.))*(.8+.45*x)-abs(v.y);
  float fork=.08+.9*max(-.6-x,0.),tail=min(min(fork-abs(v.y),x+1.05),-.55-x);
  float fin=min(tall*1.35*S(-.6,.1,x)*S(.6,.2,x)-abs(v.y),.1) ,d=max(body,max(tail,fin));
  float h=pick(k+5.),pat=pick(k+6.),mark=pat<.35?S(-.1,.1,sin(x*mix(6.,22.,pick(k+7.))+2.*v.y)):pat<.6?S(.25,.2,length(fract(v*mix(4.,9.,pick(k+7.)))-.5)):pat<.8?S(.04,0.,abs(v.y-.03)-.05):S(-.1,.2,x);
  vec3 skin=mix(hue(h),hue(h+mix(.15,.6,pick(k+8.)))*mix(.2,1.,pick(k+9.)),mark);
  skin*=.55+.9*S(-tall,tall,v.y)*S(-.02,.12,body);
  if(body<0.) skin*=.7+.2*sin(v.y*60.+x*20.);
  float eye=length(v-vec2(.55,.05));
  skin=mix(skin,vec3(1),S(.085,.07,eye));skin*=S(.03,.05,eye);
  col=mix(col,mix(skin,sea*.9,haze*.75),S(0.,.02+.1*haze,d));
 }
 color=vec4(col,1);
}
