// Orb webs hung with dew at dawn: sagging spirals on uneven spokes, each drop a tiny lens, before a defocused garden; sometimes the spider is home.
#define S smoothstep
float scene=0.;
float rnd(vec2 p){return fract(sin(dot(p,vec2(31.3,187.9)))*19073.9);}
float pick(float k){return rnd(vec2(scene,k));}
float noise(vec2 p){
 vec2 i=floor(p),f=p-i,e=vec2(1,0);f*=f*(3.-2.*f);
 return mix(mix(rnd(i),rnd(i+e),f.x),mix(rnd(i+e.yx),rnd(i+1.),f.x),f.y);
}
vec3 hue(float h){return .5+.45*cos(6.28*(h+vec3(0,.3,.6)));}
vec3 garden(vec2 p){
 vec3 c=mix(hue(pick(1.))*.35,hue(pick(1.)+.2),S(-1.2,1.2,p.y+noise(p*1.3+scene)))*mix(.5,1.3,pick(2.));
 for(float i=0.;i<9.;i++){ // blurred leaves and blossoms
  float r=.15+.5*pick(i+30.)*pick(i+30.5);
  vec2 v=(p-2.6*vec2(pick(i+40.),pick(i+50.))+1.3)/r;
  c=mix(c,hue(pick(3.)+.5*pick(i+70.))*(.6+.7*pick(i+80.)-.3*v.y),.9*S(1.,mix(.2,.8,pick(4.)),length(v)));
 }
 return c;
}
void mainImage(out vec4 color,in vec2 pixel){
 scene=floor(iTime/2.5);
 vec2 p=(2.*pixel-iResolution.xy)/iResolution.y,lens=vec2(0);
 float webs=1.+floor(2.9*pick(5.)),silk=0.,wet=0.,sd=9.;
 for(float w=0.;w<webs;w++){
  float k=w*20.+100.,n=floor(mix(9.,30.,pick(k))),R=mix(.5,1.6,pick(k+1.)),turns=floor(mix(6.,20.,pick(k+2.))),lean=6.28*pick(k+3.);
  vec2 c=1.6*vec2(pick(k+4.),pick(k+5.))-.8,v=p-c+.02*sin(iTime+p.yx*3.);
  v=mat2(cos(lean),sin(lean),-sin(lean),cos(lean))*v*vec2(1,mix(1.,1.8,pick(k+6.)));
  float r=length(v),a=(atan(v.y,v.x)/6.2832+.5)*n,id=floor(a),f=a-id;
  a+=.25*(rnd(vec2(id,k))-.5)*f*(1.-f)*4.;f=a-id;
  float sag=1.-.13*sin(3.14*f)*(.4+r/R),q=r/sag/R*turns,ring=floor(q+.5);
  float spoke=min(f,1.-f)*6.28*r/n,strand=abs(q-ring)/turns*R;
  float torn=step(.08,rnd(vec2(id,ring+k)))*step(.5,ring)*step(ring,turns);
  silk=max(silk,max(S(.009,.002,spoke),S(.009,.002,strand)*torn));
  float beads=floor(2.+6.28*r/n/.07),g=f*beads,bid=floor(g);
  vec2 b=vec2((g-bid-.5)/beads*6.28*r/n,(q-ring)/turns*R);
  float size=.014+.035*pick(k+7.)*rnd(vec2(bid+id*9.,ring)),d=length(b)/size;
  float bead=S(1.,.8,d)*torn*step(rnd(vec2(ring,bid+id*3.)),mix(.3,1.,pick(k+8.)));
  if(bead>wet){wet=bead;lens=b/size;}
  if(pick(k+9.)>.45){ // spider: two-part body and eight bent legs
   float s=mix(.1,.3,pick(k+10.));vec2 u=v/s;
   float la=abs(atan(u.x,u.y)),leg=abs(mod(la+.25*S(.5,1.3,length(u)),.7)-.35)*length(u)-.05+step(1.7,length(u));
   sd=min(sd,min(min(length(u)-.33,length(u+vec2(0,.5))-.5),leg));
  }
 }
 vec3 col=garden(p);
 col=mix(col,vec3(.95,.97,1),silk*mix(.4,.9,pick(6.)));
 vec3 drop=garden(-lens*1.3+p*.3)*(1.2-.7*dot(lens,lens))+1.2*S(.45,.15,length(lens-vec2(-.3,.4)));
 col=mix(col,drop,wet);
 col=mix(col,hue(pick(7.))*.35,S(.03,-.03,sd));
 color=vec4(col,1);
}
