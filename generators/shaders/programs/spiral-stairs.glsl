// A spiral staircase in a brick tower, seen from within the shaft, down the well or from the side.
float seed,count,rise,inner;
float R(float k){return fract(sin(seed*6.11+k*15.73)*43758.5453);}
float hash(vec2 p){return fract(sin(dot(p,vec2(31.9,57.3)))*24634.63);}
float helix(float y){return mod(y,rise)-.5*rise;}
float stairs(vec3 p,float a,float l){
 float n=floor(a/6.2832*count)+.5,b=a-n/count*6.2832;
 float y=helix(p.y-rise*n/count);
 vec2 side=vec2(abs(sin(b)*l)-3.0/count*l,abs(y)-.09);
 return max(max(side.x,side.y),max(inner-l,l-2.));
}
float map(vec3 p){
 float l=length(p.xz),a=atan(p.z,p.x);
 float d=stairs(p,a,l),y=p.y-rise*a/6.2832;
 d=min(d,length(vec2(l-1.93,helix(y-.75)))-.06); // hand rail
 float n=(floor(a/6.2832*count)+.5)/count*6.2832;
 vec2 post=p.xz-1.93*vec2(cos(n),sin(n));
 d=min(d,max(length(post)-.03,abs(helix(y-.4))-.38)); // balusters
 if(inner>.15&&inner<.8) d=min(d,l-inner*mix(.5,1.,R(1.))); // newel post
 return min(d*.8,mix(2.6,3.4,R(2.))-l);
}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/4.);
 count=floor(mix(9.,26.,R(3.)));rise=mix(1.7,3.6,R(4.));inner=R(5.)<.4?.7:.3;if(R(6.)<.3) inner=.1;
 float a=R(7.)*6.28+iTime*.2,view=floor(R(8.)*3.),down=R(9.)<.5?-1.:1.;
 vec3 ro=vec3(cos(a)*2.35,R(10.)*20.,sin(a)*2.35),at=ro+vec3(-cos(a+.7),down*.35,-sin(a+.7));
 if(view<1.){inner=1.2;ro.xz*=.15;at=ro+vec3(.25*cos(a),down,.25*sin(a));}
 vec3 w=normalize(at-ro),u=normalize(cross(w,vec3(.02,1,.01))),v=cross(u,w);
 vec3 rd=normalize(uv.x*u+uv.y*v+w*mix(.55,1.1,R(11.)));
 float t=.05,d=0.;
 if(view<1.) inner=.9;
 for(int i=0;i<48;i++){d=map(ro+rd*t);t+=d;if(d<.004||t>22.) break;}
 vec3 p=ro+rd*t;vec2 e=vec2(.01,0);
 vec3 n=normalize(vec3(map(p+e.xyy),map(p+e.yxy),map(p+e.yyx))-map(p));
 float l=length(p.xz),ang=atan(p.z,p.x);
 vec3 warm=.55+.42*cos(6.28*(R(12.)+vec3(0,.12,.3)*(.3+1.5*R(13.)))),alb;
 vec3 cool=.5+.45*cos(6.28*(R(14.)+vec3(0,.2,.4)));
 if(l>2.3){
  vec2 b=vec2(ang*7.,p.y*4.);b.x+=.5*mod(floor(b.y),2.);vec2 f=fract(b);
  alb=cool*(.5+.6*hash(floor(b)))*step(.1,min(f.x,f.y));
  float win=step(abs(fract(ang*.9549)-.5),.13)*step(abs(fract(p.y*.33)-.5),.22);
  alb+=win*2.5*vec3(1,.95,.8);
 } else if(l>1.84) alb=warm.brg*.6;
 else alb=warm*(.75+.25*sin(l*40.+hash(vec2(floor(ang*count/6.28)))*6.))*(.6+.7*hash(vec2(floor((ang+6.28)*count/6.2832),3.)));
 vec3 lamp=ro+vec3(.3*cos(iTime),mix(1.,3.,R(15.))*down,.3)-p;
 float sh=1.,s=.1,far=length(lamp);vec3 L=lamp/far;
 for(int i=0;i<10;i++){float m=map(p+n*.03+L*s);sh=min(sh,8.*m/s);s+=max(m,.1);}
 float ao=clamp(map(p+n*.3)/.3,0.,1.);
 vec3 col=alb*(clamp(sh,0.,1.)*max(dot(n,L),0.)*14./(6.+far*far)+ao*(.28+.2*n.y)*(.5+cool));
  col=mix(cool*mix(.2,1.,R(16.)),col,exp(-t*.08));
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
