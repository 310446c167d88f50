// Moire one-liner: three veils of stripes, rings or rays of unlike pitch, multiplied over a wash of colour.
float k=floor(t/1.5),i=1.,a,b;vec2 p=(FC.xy*2.-r)/r.y,q;vec3 c=.7+.4*cos(k*vec3(5.,3.,7.)+p.x*2.*sin(k)+p.y);
for(;i<4.;i+=1.)a=fsnoise(vec2(k,i)),q=p*rotate2D(a*9.)+sin(vec2(5.,8.)*a*k+t*.3),b=length(q),a=a<.3?q.x+.1*sin(q.y*6.):a<.6?b:a<.8?atan(q.y,q.x)*.6:q.x*q.y,
c*=mix(.15+1.1*hsv(i*.31+k*.17+b*.1,.65,1.),vec3(1.),smoothstep(-.2,.2,sin(a*(6.+40.*fsnoise(vec2(i,k))))))*(1.2-.2*b);
o=vec4(c*1.3,1.);
