// Nebula filaments in depth: folded sine turbulence accumulated front to back with stars and dark dust.
float s=floor(t/3.),k=fsnoise(vec2(s,6)),z=0.,v,a;vec3 p,q,c=vec3(0),D=normalize(vec3(FC.xy*2.-r,r.y*(.3+k)))*rotate3D(s*1.7,vec3(k,1,2));
for(int i=0;i<20;i++){z+=.2;q=D*z+s*3.+t*.05;for(a=1.;a<24.;a*=1.7)q+=sin(q.zxy*a+k*9.)/a*.8;v=dot(sin(q),cos(q.yzx*2.))*.5;
c=mix(c,hsv(s*.38+v*k+z*.1,.8,.5+v),smoothstep(.1,.5,abs(v))*.3);}
o.rgb=c*1.1+smoothstep(.995,1.,fsnoise(floor(FC.xy/r.y*90.)+s));
