// Forking trees from a mirrored, rotated capsule recursion with leaf clusters, in seasons from blossom to bare winter.
float seed,leafy,part;
vec2 fork;mat2 spin,lean;
float R(float k){return fract(sin(seed*5.81+k*9.53)*43758.5453);}
float hash(vec2 p){return fract(sin(dot(p,vec2(33.1,77.3))+seed)*9137.1);}
vec3 pal(float a,float b){return .5+.46*cos(6.28*(a+b*vec3(0,.17,.36)));}
float tree(vec3 p){
 float d=9.,s=1.;
 for(int i=0;i<7;i++){
  float y=clamp(p.y,0.,1.);
  d=min(d,(length(p-vec3(0,y,0))-.11*(1.-.3*y))/s);
  p.y-=1.;
  p.x=abs(p.x);p.xy=lean*p.xy;p.xz=spin*p.xz;
  p*=fork.x;s*=fork.x;
 }
 float leaf=(length(p)-leafy)/s;part=step(leaf,d);
 return min(d,leaf);
}
float map(vec3 p){
 float g=p.y+.12*sin(p.x*.7)*cos(p.z*.6);
 vec2 i=floor(p.xz/3.),q=p.xz-(i+.5)*3.;
 float h=hash(i),a=h*40.,sz=mix(.6,1.25,hash(i+2.));
 q-=.6*(vec2(hash(i+4.),hash(i+6.))-.5);
 q=mat2(cos(a),sin(a),-sin(a),cos(a))*q;
 float d=tree(vec3(q.x,g,q.y)/sz)*sz;
 if(h<.2) d=2.;
 if(g<d) part=-1.;
 return min(d,g)*.8;
}
void mainImage(out vec4 color,in vec2 pixel){
 vec2 uv=(2.*pixel-iResolution.xy)/iResolution.y;
 seed=floor(iTime/3.);
 float b=mix(.3,.75,R(1.))+.02*sin(iTime*2.),c=mix(.9,2.2,R(2.));
 fork=vec2(mix(1.25,1.5,R(3.)),0.);lean=mat2(cos(b),sin(b),-sin(b),cos(b));spin=mat2(cos(c),sin(c),-sin(c),cos(c));
 leafy=R(4.)<.25?.01:mix(.8,2.6,R(5.));
 float a=R(6.)*6.28,e=mix(.45,-.35,R(7.));
 vec3 ro=vec3(4.*floor(R(8.)*30.),mix(.6,3.6,R(7.)),iTime*.2),w=vec3(cos(e)*sin(a),sin(e),cos(e)*cos(a)),u=normalize(vec3(w.z,0,-w.x));
 vec3 rd=normalize(uv.x*u+uv.y*cross(w,u)+mix(.7,1.6,R(9.))*w),L=normalize(vec3(R(10.)-.5,mix(.15,.6,R(11.)),R(12.)-.5));
 vec3 low=pal(R(13.),mix(.3,1.5,R(14.)))*.5+.45,top=pal(R(15.),1.5)*.8,ground=pal(mix(.0,.45,R(16.)),.7)*.6;
 float sun=max(dot(rd,L),0.);
 vec3 sky=mix(low,top,clamp(rd.y*1.5,0.,1.))+smoothstep(.995,.997,sun);
 float hill=.1+.1*sin(atan(rd.x,rd.z)*4.+seed);
 sky=mix(sky,mix(ground,low,.5),smoothstep(.01,-.01,rd.y-hill));
 float t=.2,d=0.;
 for(int i=0;i<46;i++){d=map(ro+rd*t);if(d<.003*t||t>22.) break;t+=min(d,1.2);}
 vec3 col=sky;
 if(t<22.){
  vec3 p=ro+rd*t;vec2 k=vec2(.01,0);
  map(p);float id=part;
  vec3 n=normalize(vec3(map(p+k.xyy),map(p+k.yxy),map(p+k.yyx))-map(p));
  float grit=hash(floor(p.xz*14.)+floor(p.y*14.)),h=hash(floor(p.xz/3.));
  vec3 alb=pal(R(17.)*.2,.4)*.5*(.5+.6*grit);
  if(id<-.5) alb=mix(ground,pal(R(21.),.7)*.6,smoothstep(-.5,.5,sin(p.x)+sin(p.z*1.3)))*(.5+.7*grit);
  if(id>.5) alb=pal(R(18.)+h*mix(.05,.6,R(19.)),.8)*(.45+.75*grit);
  float sh=1.,s=.1;
  for(int i=0;i<8;i++){float m=map(p+n*.04+L*s);sh=min(sh,6.*m/s);s+=clamp(m,.12,.7);}
  col=alb*(1.5*clamp(sh,0.,1.)*max(dot(n,L),0.)+.35*top+.12);
  col=mix(col,sky,1.-exp(-t*t*mix(.002,.015,R(20.))));
 }
 color=vec4(sqrt(clamp(col,0.,1.)),1.);
}
