// Strings of glossy beads in a bent lattice: repeated spheres of hashed size with a cheap directional light and distance haze.
float s=floor(t/3.),g=.4,k=fsnoise(vec2(s,4)),h,d;vec3 p,c,n,D=normalize(vec3(FC.xy*2.-r,r.y*(.5+k)))*rotate3D(s,vec3(k,1,.5));
for(int i=0;i<48;i++)p=D*g+vec3(s,t*.5,s),p.x+=sin(p.y*k*2.)*.6,c=floor(p),h=fsnoise(c.xy+c.z*.7+s),n=p-c-.5,d=length(n)-h*h*.5,g+=min(d,.3)*.8;
d=dot(normalize(n),vec3(k,1,-.5));
o.rgb=mix(hsv(h*(.2+k)+s*.38,.7*step(.2,fract(h*9.)),.7+.3*sin(n.y*60.*k))*(.65+.45*d)+max(d-.9,0.)*2.,hsv(s*.21+D.y*.2,.5,.9),min(g*.06,1.));
