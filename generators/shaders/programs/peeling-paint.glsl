// Weathered painted metal or wall: several coats of paint flaking off with curled, shadowed edges, rust blooms and streaks, rivets, seams and stencilled shapes.
#define S smoothstep
float scene=0.;
float rnd(vec2 p){return fract(sin(dot(p,vec2(46.9,107.3)))*20341.1);}
float pick(float k){return rnd(vec2(scene,k));}
float noise(vec2 p){
 vec2 i=floor(p),f=p-i,e=vec2(1,0);f*=f*(3.-2.*f);
 return mix(mix(rnd(i),rnd(i+e),f.x),mix(rnd(i+e.yx),rnd(i+1.),f.x),f.y);
}
float fbm(vec2 p){float s=0.,a=.5;for(int i=0;i<4;i++){s+=a*noise(p);p=mat2(1.6,1.2,-1.2,1.6)*p+3.;a*=.5;} return s;}
vec3 hue(float h){return .55+.42*cos(6.28*(h+vec3(0,.33,.67)));}
void mainImage(out vec4 color,in vec2 pixel){
 scene=floor(iTime/2.6);
 vec2 p=(2.*pixel-iResolution.xy)/iResolution.y;
 float la=2.4+1.6*(pick(1.)-.5)+.3*sin(iTime),zoom=exp(mix(-.5,1.1,pick(2.)));
 vec2 light=vec2(cos(la),sin(la)),q=p*zoom+scene*5.;
 float rust=fbm(q*3.+20.),grit=noise(q*40.);
 vec3 iron=mix(vec3(.28,.12,.06),vec3(.85,.42,.14),rust*rust*2.)*(.7+.5*grit),stone=mix(vec3(.65),hue(pick(3.)),.25)*(.5+.7*rust)*(.85+.3*grit),col=pick(4.)<.6?iron:stone;
 if(pick(5.)>.7){vec2 b=q*vec2(1.5,3);b.x+=.5*mod(floor(b.y),2.);b=abs(fract(b)-.5);col=mix(vec3(.6,.55,.5),col,S(.47,.43,max(b.x,b.y)));}
 float layers=1.+floor(4.*pick(6.));
 for(float i=0.;i<layers;i++){
  float k=i*9.+20.,size=mix(.8,3.,pick(k)),edge=mix(.38,.56,pick(k+1.))+.07*i*(pick(7.)-.3);
  vec2 w=q*size+k,o=light*.035*size;w+=.3*noise(w*3.);
  float slope=(pick(k+2.)-.5)*.35*dot(p,vec2(cos(k),sin(k))),f=fbm(w)+slope,up=fbm(w+o)+slope;
  float paint=S(edge,edge+.012,f),shadow=S(edge-.03,edge+.04,up);
  vec3 c=hue(pick(8.)+pick(9.)*pick(k+3.))*mix(.35,1.15,pick(k+4.));
  if(pick(k+6.)>.5){            // stripes, chevrons, discs or a number-like block pattern
   float s=pick(k+7.);vec2 g=p*mix(.8,2.5,pick(k+8.))+pick(k);float a=s<.3?step(.5,fract(g.x+g.y)):s<.5?step(.5,fract(g.y+abs(fract(g.x)-.5))):s<.75?step(.5,fract(length(g)*1.5)):step(.5,rnd(floor(g*3.)+scene));
   c=mix(c,mix(vec3(.95),c.brg*.4,pick(k+4.)),a);
  }
  c*=.8+.3*up+.1*grit;
  col*=1.-.6*shadow*(1.-paint);
  c+=.35*S(edge+.05,edge,f)*clamp((f-up)*14.,-1.,1.);
  col=mix(col,c,paint);
 }
 col=mix(col,iron*.6,S(.55,.9,noise(vec2(q.x*9.,q.y*.7))*(.6+.6*rust))*pick(10.));
 vec2 cell=vec2(mix(.5,1.4,pick(11.)),mix(.4,1.2,pick(12.))),g=(fract(p/cell+pick(13.))-.5)*cell;
 if(pick(14.)>.45){
  float seam=cell.y*.5-abs(g.y);col*=1.-.6*S(.015,.005,seam);
  vec2 r=vec2(fract(p.x*4.)-.5,(seam-.08)*4.)/.22;float d=length(r);
  col*=1.-.5*S(1.5,1.,length(r+light*.35))*step(1.,d);col=mix(col,col*(.8+.6*dot(r,light)*sign(-g.y))+.05,S(1.05,.95,d));
 }
 color=vec4(col*(1.1+.3*dot(p,light)),1);
}
