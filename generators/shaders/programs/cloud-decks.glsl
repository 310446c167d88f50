// Volumetric clouds lit towards the sun, seen from below, between and above decks, sometimes pierced by dark peaks.
float seed,base,deep,cover,grain;
float R(float k){return fract(sin(seed*18.3+k*5.39)*43758.5453);}
float hash(vec3 p){p=fract(p*vec3(.6180,.7549,.5698));return fract(213.*p.x*p.y*p.z+p.x+p.y*7.+p.z*3.);}
float noise(vec3 p){
 vec3 i=floor(p),f=p-i;f*=f*(3.-2.*f);
 vec4 a=dot(i,vec3(17,60,37))+vec4(0,17,60,77),h=mix(fract(sin(a)*831.1),fract(sin(a+37.)*831.1),f.z);
 h.xy=mix(h.xz,h.yw,f.x);return mix(h.x,h.y,f.y);
}
vec3 pal(float a,float b){return .5+.45*cos(6.28*(a+b*vec3(0,.14,.3)));}
float density(vec3 p){
 float edge=abs(p.y-base)/deep;
 vec3 q=p*grain+vec3(seed*3.,0,iTime*.2);
 float d=noise(q)*.6+noise(q*2.7)*.27+noise(q*6.1)*.13;
 return clamp((d-cover-.3*edge*edge*edge)*6.,0.,1.);
}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);deep=mix(.7,2.2,R(1.));cover=mix(.4,.52,R(2.));grain=mix(.5,1.4,R(3.));
 float side=R(4.)<.45?1.:-1.,e=side*mix(.05,.8,R(5.)),roll=(R(6.)-.5)*.6;
 base=side*(deep+mix(.2,1.5,R(7.)));
 uv*=mat2(cos(roll),sin(roll),-sin(roll),cos(roll));
 vec3 rd=normalize(vec3(uv,mix(.8,1.8,R(8.))));rd.yz*=mat2(cos(e),sin(e),-sin(e),cos(e));
 vec3 L=normalize(vec3(R(9.)*2.-1.,mix(.05,.7,R(10.)),mix(1.,-.5,R(11.))));
 vec3 low=pal(R(12.),mix(.4,1.6,R(13.)))*.75+.2,top=pal(R(14.)+.45,1.3)*.65,sunCol=mix(vec3(1.3,.75,.4),vec3(1.3,1.2,1.1),R(15.));
 float sun=max(dot(rd,L),0.);
 vec3 sky=mix(low,top,sqrt(clamp(rd.y*.9+.1,0.,1.)))+sunCol*(.4*pow(sun,10.)+smoothstep(.993,.997,sun));
 float far=1e3,ridge=-.06+.3*R(16.)*noise(vec3(rd.x/rd.z*3.+seed,1,0));
 if(R(17.)<.6&&rd.y<ridge){float facing=noise(vec3(rd.xy*vec2(16,9),3.));sky=mix(top*.3,pal(R(18.),.6)*.6,facing*facing)*(.5+rd.y+.5);far=14.;}
 if(rd.y<-.12&&R(19.)<.8){ // patchwork ground or sea far below
  vec2 g=rd.xz/rd.y*-4.;
  vec3 ground=pal(R(20.)+.5*hash(vec3(floor(g),1.)),.9)*(.35+.35*noise(vec3(g*3.,2)));
  sky=mix(low*.8,ground,smoothstep(-.1,-.45,rd.y));
 }
 float a=(base-deep)/rd.y,b=(base+deep)/rd.y,t0=max(min(a,b),0.),t1=max(a,b);
 vec3 col=vec3(0);float left=1.;
 if(t1>0.&&t0<30.){
  t1=min(min(t1,t0+9.),far);float st=max(t1-t0,0.)/18.,t=t0+st*hash(vec3(pixel,1));
  for(int i=0;i<18;i++){
   vec3 p=rd*t;float d=density(p);
   if(d>.01){
    float lit=exp(-3.5*density(p+L*.5)),w=left*(1.-exp(-d*st*5.));
    vec3 c=mix(top*.4+low*.1,mix(sunCol,low,.25),lit*(.8+.6*pow(sun,4.)))+.12*(p.y-base)/deep;
    col+=w*mix(c,low,1.-exp(-t*.03));left-=w;if(left<.03) break;
   }
   t+=st;
  }
 }
 col+=left*sky;
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
