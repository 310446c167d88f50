// Caverns inside a gyroid whose openness, hue and viewpoint are reseeded every few seconds.
float s=floor(t/3.),g=.2,d,k=2.*fsnoise(vec2(s,3))-1.;vec3 p,q,D=normalize(vec3(FC.xy*2.-r,r.y*(.4+fsnoise(vec2(s)))))*rotate3D(s*2.4,vec3(k,1,.4));
for(int i=0;i<40;i++)p=D*g+s*4.+t*.3,d=dot(sin(p),cos(p.zxy))+k,g+=abs(d)*.4+.003;
q=p+.3;d=dot(sin(q),cos(q.zxy))+k;
o.rgb=hsv(s*.38+.1*snoise3D(p*2.),.6,.9)*exp(-g*.09)*(.5+.4*step(0.,sin(p.y*9.+2.*snoise3D(p)))+d)+hsv(s*.2,.5,g*.04);
