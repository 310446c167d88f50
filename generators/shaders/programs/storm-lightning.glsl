// Thunderstorm: forking lightning as jagged sums of triangle waves, lit cumulus banks, slanting rain and a skyline or sea catching the flash.
#define S smoothstep
float scene=0.;
float rnd(vec2 p){return fract(sin(dot(p,vec2(57.1,133.7)))*16763.9);}
float pick(float k){return rnd(vec2(scene,k));}
float noise(vec2 p){
 vec2 i=floor(p),f=p-i,e=vec2(1,0);f*=f*(3.-2.*f);
 return mix(mix(rnd(i),rnd(i+e),f.x),mix(rnd(i+e.yx),rnd(i+1.),f.x),f.y);
}
float fbm(vec2 p){return .5*noise(p)+.27*noise(p*2.1+5.)+.15*noise(p*4.4)+.08*noise(p*9.1);}
float zig(float y){return abs(fract(y)-.5)-.25;}
float path(float y,float k){return .8*zig(y*.7+k)+.35*zig(y*2.3+k*1.7)+.16*zig(y*6.1+k*2.3);}
void mainImage(out vec4 color,in vec2 pixel){
 scene=floor(iTime/1.9);
 vec2 p=(2.*pixel-iResolution.xy)/iResolution.y,q=p;
 float ground=mix(-.95,-.1,pick(1.)),below=ground-p.y,sea=step(.6,pick(2.)),roof=mix(.2,1.2,pick(4.)),flash=0.,core=0.,halo=0.;
 vec3 tone=.5+.5*cos(6.28*(pick(5.)+vec3(0,.2,.45))),arc=mix(vec3(.8,.85,1),.6+.4*cos(6.28*(pick(6.)+vec3(0,.3,.6))),.7);
 if(sea*below>0.) q=vec2(q.x+.12*(noise(p*vec2(4,40)+iTime)-.5)*(1.+3.*below),ground+below*1.3);
 for(float i=0.;i<1.+2.*pick(3.);i++){
  float k=i*.37+scene*3.1,x0=2.4*pick(i+20.)-1.2,power=mix(.4,1.,pick(i+40.));
  for(float j=0.;j<4.;j++){   // the trunk, then forks leaving it
   float start=mix(roof,ground,rnd(vec2(j,k))),slope=(rnd(vec2(k,j))-.5)*2.4,x=x0+path(q.y,k),len=.3+rnd(vec2(j+9.,k)),reach=start-q.y,on=step(0.,reach)*S(len,len*.6,reach);
   if(j>0.) x=x0+path(start,k)+slope*reach+path(q.y,k+j)-path(start,k+j);else on=1.;
   float d=abs(q.x-x)*.7,thin=(j>0.?.006:.012)*power;
   core+=on*S(thin*2.,thin*.4,d);halo+=on*thin*1.5/(d+.02);
  }
  flash+=power/(1.+6.*dot(q-vec2(x0,roof),q-vec2(x0,roof)));
 }
 vec2 w=q*mix(.8,2.5,pick(7.))*vec2(1,1.7)+scene+.2*iTime;w+=fbm(w*1.4);
 float f=fbm(w),lit=f-fbm(w+vec2(.15,-.2)),cloud=S(.25,.6,f+.45*(q.y-roof+.5));
 vec3 bank=tone*(.15+.35*f)+arc*flash*(.25+2.2*lit);
 vec3 col=mix(tone*mix(.55,.1,S(ground,1.,q.y))+arc*(halo+.12*flash),bank+arc*halo*.25,cloud)+core*(1.-.75*cloud);
 if(sea>0.) col*=below>0.?.45+.5*noise(p*vec2(5,45)+iTime):1.;
 else{
  float n=floor(p.x*mix(6.,16.,pick(9.))),tall=step(.5,pick(8.)),top=ground+mix(.35*fbm(p.xx*2.5+scene),.6*rnd(vec2(n,scene))*rnd(vec2(n,2)),tall)-p.y;
  vec2 g=p*vec2(30,24);
  vec3 land=tone.brg*(.05+.2*S(.1,0.,top)*flash)+tall*step(.6,rnd(floor(g)))*step(length(fract(g)-.5),.3)*vec3(.9,.7,.35);
  col=mix(col,land,S(-.004,.004,top));
 }
 col+=.3*(.3+flash)*S(.72,.95,noise(vec2((p.x+p.y*pick(10.))*70.,p.y*3.)+vec2(0,iTime*12.)))*pick(11.);
 color=vec4(pow(max(col,0.),vec3(.75)),1);
}
