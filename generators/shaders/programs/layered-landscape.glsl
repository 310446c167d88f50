// Parallax landscapes in cut-out layers: hills, pines, round trees, skylines, cacti and reeds, with sun, clouds and haze.
float seed;
float R(float k){return fract(sin(seed*11.3+k*6.13)*43758.5453);}
float hash(float x,float k){return fract(sin(x*91.7+k*37.3+seed)*9631.7);}
float wavy(float x,float k){float i=floor(x),f=fract(x);f*=f*(3.-2.*f);return mix(hash(i,k),hash(i+1.,k),f);}
vec3 pal(float a,float b){return .52+.46*cos(6.28*(a+b*vec3(0,.17,.36)));}
 // signed height above the silhouette of one kind of thing standing at spacing 1; below zero is inside
float thing(vec2 p,float kind,float k){
 float i=floor(p.x),h=hash(i,k),d=9.;vec2 q=vec2(fract(p.x)-.5+(h-.5)*.3,p.y);float s=mix(.5,1.5,h);if(hash(i,k+1.)<.2) return 9.;
 if(kind<1.){float y=q.y/s;d=abs(q.x)-.34*(1.15-y)*(.55+.45*fract(-y*4.))*step(y,1.15)*step(.12,y)-.03*step(y,.9);if(q.y<0.||y>1.15) d=1.;}
 else if(kind<2.){q.y-=s*.7;d=min(length(q)-.25-.04*cos(atan(q.x,q.y)*5.+h*9.),max(abs(q.x)-.04,q.y));}
 else if(kind<3.){d=max(abs(q.x)-.48*hash(i,k+2.)-.1,q.y-s*mix(.6,1.6,hash(i,k+3.)));d=min(d,max(abs(q.x)-.015,q.y-s*1.7));}
 else if(kind<4.){float x=abs(q.x);d=min(max(x-.08,q.y-s*.9),min(max(abs(x-.24)-.05,abs(q.y-s*.55)-.2),max(x-.26,abs(q.y-s*.42)-.05)));}
 else {q.x-=.2*sin(iTime+i)*q.y*q.y;d=min(max(abs(q.x)-.04,q.y-s),length((q-vec2(0,s))*vec2(2,.8))-.12);}
 return d;
}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);
 float hue=R(1.),span=mix(.3,1.6,R(2.)),light=R(3.),horizon=mix(-.1,.5,R(4.)),mirror=R(5.)<.4?mix(-.6,-.1,R(6.)):-9.;
 vec2 p=uv;if(p.y<mirror){p.y=2.*mirror-p.y;p.x+=.03*sin(p.y*60./(1.5+p.y)+iTime*3.);}
 vec3 low=pal(hue,span)*.5+.45*light,top=pal(hue+R(7.)*.6+.2,span)*mix(.25,.9,light);
 vec3 sky=mix(low,top,smoothstep(horizon-.3,1.1,p.y));
 vec2 sun=vec2(R(9.)*1.6-.8,mix(horizon,.85,R(10.)));float sd=length(p-sun),sr=mix(.08,.45,R(11.)*R(12.));
 sky=mix(sky,pal(R(13.),.4)*.5+.5,smoothstep(.012,0.,sd-sr));sky+=.35*exp(-sd*3.)*low;
 for(int i=0;i<3;i++){float k=float(i),y=p.y-horizon-.2-.28*k*R(14.),c=wavy(p.x*1.7+iTime*.1*(k+1.)+k*9.,20.+k)*.6+wavy(p.x*7.,30.+k)*.15;sky=mix(sky,low+.15*(1.-k),step(abs(y),(c-.4)*.3)*.65*step(R(15.),.75));}
 vec3 col=sky,near=pal(hue+R(17.),span)*mix(.05,.3,R(18.));
 for(int i=0;i<6;i++){
  float k=float(i),z=k/5.,kind=floor(R(70.+k*R(19.))*5.),scale=mix(9.,1.1,pow(z,.6))*mix(.8,1.5,R(k+80.)),x=p.x+iTime*.08*z+k*7.;
  float hill=horizon-z*z*(horizon+mix(.55,1.1,R(20.)))+mix(.5,.12,z)*(wavy(x*mix(1.,2.6,R(k+90.)),k)-.4)+.06*(1.-z)*wavy(x*9.,k+9.);
  float g=p.y-hill,d=min(g,thing(vec2(x*scale,g*scale+.05),kind,k)/scale);
  vec3 c=mix(low*.85,mix(near,pal(R(k+100.),1.)*.8,.45*R(21.)),smoothstep(-.3,.7,z));
  c*=.85+.3*wavy(x*scale*4.+p.y*30.*(R(k+110.)-.5),k+5.)*step(g,0.);
  col=mix(col,c,smoothstep(.006,-.006,d));if(i<5) col=mix(col,low,.2*R(22.)*exp(-max(g,0.)*8.));
 }
 if(uv.y<mirror) col=mix(col*.8,top*.6,.25+.15*sin(uv.y*90.+4.*sin(uv.x*5.+iTime)));
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
