// Endless beams and holes: a folded cross-removal lattice flown through, its proportions and hues reseeded with time.
float s=floor(t/3.),g=.1,d,e,k=fsnoise(vec2(s,5));vec3 p,q,D=normalize(vec3(FC.xy*2.-r,r.y*(.5+k)))*rotate3D(s+k*sin(t*.3),vec3(k,1,s));
for(int i=0;i<40;i++){p=D*g+vec3(s*1.3,t*.2,1);d=0.;e=1.;for(int j=0;j<4;j++)q=abs(mod(p*e,2.)-1.)*3.,e*=2.2+k,q=max(q,q.yzx),d=max(d,(1.1+k*.4-min(q.x,min(q.y,q.z)))/e);g+=abs(d)+.002;}
o.rgb=mix(hsv(s*.38+.15*floor(p.x*2.),.6,1.)*(.2+.8*fract(p.y*3.*k+p.z)),hsv(s*.21,.5,.8+D.y*.4),1.-exp(-g*g*.03));
