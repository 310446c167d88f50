// Phoenix fractal one-liner: z*z + c plus a share of the previous z, seed, zoom and plumage drawn anew every two seconds.
float k=floor(t/2.),i=0.,d=9.,e=9.;vec2 p=(FC.xy*2.-r)/r.y*rotate2D(k)*exp(fract(k*.618)*1.3-.6)+.7*sin(k*vec2(7.,4.)),z=p,y=p-p,n=y;
for(;i<50.&&dot(z,z)<60.;i+=1.)n=vec2(z.x*z.x-z.y*z.y,2.*z.x*z.y)+vec2(.35+.25*sin(k*5.),.1*sin(t))+y*(.1-.6*fract(k*.37)),y=z,z=n,d=min(d,abs(z.x+z.y*sin(k))),e=min(e,length(z-sin(k+p)));
o=vec4((.6+.5*cos((k+1.)*vec3(7.,3.,5.)+e*8.+i*.25))*(.2+smoothstep(0.,.2,d)*.9),1.);
