// Looking through a meadow at dusk: grass blades, seed heads, umbels and dandelion clocks in layers from pale and blurred to black, against sun and hills.
#define S smoothstep
float scene=0.;
float rnd(vec2 p){return fract(sin(dot(p,vec2(39.1,121.7)))*21599.3);}
float pick(float k){return rnd(vec2(scene,k));}
float noise(vec2 p){
 vec2 i=floor(p),f=p-i,e=vec2(1,0);f*=f*(3.-2.*f);
 return mix(mix(rnd(i),rnd(i+e),f.x),mix(rnd(i+e.yx),rnd(i+1.),f.x),f.y);
}
vec3 hue(float h){return .55+.45*cos(6.28*(h+vec3(0,.2,.45)));}
void mainImage(out vec4 color,in vec2 pixel){
 scene=floor(iTime/2.);
 vec2 p=(2.*pixel-iResolution.xy)/iResolution.y,sun=vec2(2.,1.4)*vec2(pick(1.),pick(2.))-vec2(1,.5);
 float h=pick(3.),R=mix(.08,.5,pick(4.)*pick(4.5)),day=mix(.5,1.1,pick(5.));
 vec3 low=hue(h)*1.1,high=hue(h+mix(.15,.5,pick(6.)))*mix(.25,.9,pick(7.)),col=mix(low,high,S(-.7,1.1,p.y+.2*noise(p*vec2(1.5,6)+scene)));
 float sd=length(p-sun);
 col+=vec3(1,.9,.7)*(S(R+.01,R,sd)+.3/(1.+8.*sd*sd));
 col=mix(col,mix(low,vec3(1),.4),.6*S(.5,.75,noise(p*vec2(1.5,7)+scene*3.)));
 for(float i=0.;i<3.;i++){
  float y=-.2-.25*i+mix(.1,.6,pick(8.))*noise(p.xx*(1.+i)+i*9.+scene);
  col=mix(col,mix(low,high,.3*i+.1),S(.01,-.01,p.y-y));
 }
 vec3 ink=mix(high*.1,vec3(.02,.03,.02),.5),bloom=hue(pick(9.));
 for(float i=0.;i<24.;i++){
  vec4 k=fract(sin((i+scene*25.)*vec4(2.9,5.3,7.9,9.7))*4139.7),j=fract(k*53.3);
  float near=i/23.,blur=.006+.05*abs(near-pick(10.))*pick(11.),size=mix(.35,1.,near)*mix(.6,1.3,pick(12.)),tall=size*(.5+1.4*k.x),u=clamp((p.y+1.1)/tall,0.,1.3);
  float bow=(j.x-.5)*size*1.2+.08*sin(iTime*1.5+i),x=p.x-2.6*k.y+1.3-bow*u*u,kind=floor(5.*fract(k.z+pick(13.)*3.));
  vec2 head=vec2(x,p.y+1.1-tall)/(size*(.12+.2*j.y));float r=length(head),a=atan(head.y,head.x);
  float d=abs(x)-.03*size*(kind<2.?1.3-u:.35)+step(1.,u); // stem or blade
  float f=9.,glow=0.;
  if(kind==2.) f=length(head*vec2(3.+sin(head.y*20.),1))-1.; // seed head
  if(kind==3.){f=min(min(r-.25,max(abs(sin(a*11.))*r*.5-.06,r-1.)),abs(r-.9)-.1);glow=.6;} // clock
  if(kind==4.){f=r-.55-.4*abs(cos(a*floor(2.+4.*j.z)));glow=1.;} // flower
  d=min(d,f*size*.2);
  vec3 tint=mix(mix(low,high,.5),ink,S(-.1,.7,near));
  tint=mix(tint,mix(bloom,vec3(1),.4*j.w),glow*step(f*size*.2,d)*day);
  tint+=low*.5*S(.01,0.,abs(d))*S(1.2,.2,sd); // back-lit rim
  col=mix(col,tint,S(blur,-blur,d));
 }
 for(float i=0.;i<3.;i++){ // turf in front
  float x=p.x*(9.-2.*i)+i+.3*p.y*sin(floor(p.x*4.)),b=mix(-1.2,-.5,pick(14.))-.1*i+.8*rnd(vec2(floor(x),i+scene))*(1.-2.*abs(fract(x)-.5));
  col=mix(col,mix(mix(low,high,.5),ink,.4+.3*i),S(0.,-.02,p.y-b));
 }
 color=vec4(col,1);
}
