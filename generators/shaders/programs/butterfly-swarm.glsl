// Butterflies over blossom: polar wing outlines with veins, eyespots and dark margins, folding as they beat, with shadows on leaves or pinned on paper.
#define S smoothstep
float scene=0.;
float rnd(vec2 p){return fract(sin(dot(p,vec2(36.1,109.3)))*24097.3);}
float pick(float k){return rnd(vec2(scene,k));}
vec3 hue(float h){return .52+.48*cos(6.28*(h+vec3(0,.3,.6)));}
float arch(float a){return sqrt(sin(clamp(a*2.,0.,3.14)));}
// x: inside distance, y: angle along the wing, z: 0 root .. 1 margin
vec3 wing(vec2 v,vec4 k){
 float a=atan(v.y,v.x),r=length(v);
 float fore=(.75+.35*k.x)*arch(a+.1)*(1.-.25*cos(a*4.+k.y)),hind=(.55+.3*k.y)*arch(-a)*(1.+.12*cos(a*12.));
 float edge=max(fore,hind+step(.5,k.w)*.35*S(.12,0.,abs(a+1.15)));
 return vec3(edge-r,a,r/max(edge,.01));
}
void mainImage(out vec4 color,in vec2 pixel){
 scene=floor(iTime/2.3);
 vec2 p=(2.*pixel-iResolution.xy)/iResolution.y,v=p;
 bool paper=pick(1.)>.7;float h0=pick(2.),big=mix(.3,.85,pick(3.)),la=6.28*pick(4.);
 vec3 col=mix(hue(h0)*.3,hue(h0+.15),.5+.5*sin(p.x*2.+sin(p.y*3.)));
 for(float i=0.;i<8.;i++){ // blurred blossom and leaves
  vec2 q=p-2.8*vec2(pick(i+20.),pick(i+40.))+1.4;
  float d=(.15+.45*pick(i+80.))*(.55+.45*abs(cos(atan(q.y,q.x)*floor(1.+6.*pick(i+100.))*.5)))-length(q);
  col=mix(col,hue(pick(6.)+.4*pick(i+120.)),S(-.02,.06,d));
 }
 if(paper){vec2 g=abs(fract(p*1.7*pick(7.))-.5);col=hue(h0)*.3+.7-.4*S(.46,.49,max(g.x,g.y));}
 float shade=1.,rot=0.,back=0.;vec3 best=vec3(0);vec4 kk=best.xxxx;
 for(float i=0.;i<10.;i++){
  vec4 k=fract(sin((i+scene*12.)*vec4(3.3,5.9,7.7,9.1))*391.3),j=fract(k*43.7),style=fract(pick(8.)+vec4(0,.3,.6,.8)+.4*k);
  float R=big*(.35+j.x*j.x),t=paper?.2*(j.y-.5):6.28*j.y,beat=paper?1.:.7+.3*sin(iTime*3.+i);
  mat2 m=mat2(cos(t),-sin(t),sin(t),cos(t));
  vec2 c=2.6*k.xy-1.3,u=m*(p-c)/R,s=m*(p-c+.1*vec2(cos(la),sin(la)))/R;
  vec3 w=wing(vec2(abs(u.x)/beat,u.y),style);
  shade*=1.-.5*S(-.1,.1,wing(vec2(abs(s.x)/beat,s.y),style).x);
  float torso=max(.055-length(vec2(u.x,max(abs(u.y+.05)-.3,0.))),.018-abs(abs(u.x)-.25*(u.y-.2))-step(.25,abs(u.y-.42)));
  if(max(w.x,torso)>0.){best=w;v=vec2(u.x/beat,u.y);kk=style;shade=1.;back=step(0.,torso);rot=beat;}
 }
 if(rot>0.){
  float a=best.y,z=best.z,hind=step(a,0.),n=5.+floor(5.*kk.y);
  float band=S(.08,0.,abs(z-.45-.25*kk.z)-.07*kk.w);
  vec3 a1=hue(pick(12.)+pick(13.)*(kk.x-.5)),a2=hue(pick(12.)+.2+.4*kk.y),dark=a1*.12;
  vec3 c=mix(a1*1.1,a2,S(.1,.8,z)*kk.z+.3*hind);
  c=mix(c,a2.gbr,band);
  c=mix(c,dark,S(mix(.95,.65,kk.w),1.,z));
  c=mix(c,dark,S(.16,.06,abs(sin(a*n))*z));
  float eye=length(vec2(abs(v.x),v.y)-mix(vec2(.45,.4),vec2(.32,-.3),hind))/(.1+.09*kk.z);
  if(eye<1.&&kk.w>.3) c=mix(dark,a2.brg+.3,step(.45,eye));
  col=mix(c*(.7+.4*z),dark,back);
 }
 color=vec4(col*shade,1);
}
