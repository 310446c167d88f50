// A winding brick tunnel, round or square in section; bore, bends, heading and brick colours are reseeded.
float s=floor(t/3.),g=0.,k=fsnoise(vec2(s,2)),m=fsnoise(vec2(s,8));vec3 p,D=normalize(vec3((FC.xy*2.-r)/r.y,.3+m))*rotate3D(k*3.,vec3(m-.5,k-.5,1));vec2 c,u,f;
for(int i=0;i<40;i++)p=D*g,p.z+=t,f=abs(c=p.xy+sin(p.z*vec2(k,m))-sin(t*vec2(k,m))),g+=.5*(1.-(k>.5?length(c):max(f.x,f.y)));
u=vec2(atan(c.y,c.x)*floor(2.+m*9.)/PI,p.z*(.5+k*3.));u.x+=.5*mod(floor(u.y),2.);f=fract(u);u=floor(u);
o.rgb=hsv(s*.38+.4*fsnoise(u)*m,.6,(.3+.7*fsnoise(u+s))*(min(f.x,f.y)<.1?.3:1.))*(1.3*exp(-g*.2))+hsv(s*.2,.5,1.-exp(-g*.05));
