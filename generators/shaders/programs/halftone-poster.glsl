// Halftone one-liner: big lit balls and a banded sky printed as rotated dots of changing size in two inks, over coloured stripes.
float k=floor(t/2.),i=0.,g=8.+30.*fract(k*.618),d=fract(k*.43),h;vec2 p=(FC.xy*2.-r)/r.y,q=p*rotate2D(k)*g,u=(floor(q)+.5)/g*rotate2D(-k),c;
h=.3+.3*sin(u.y*4.*fract(k*.37)+sin(u.x*2.+k)+t);for(;i<5.;i+=1.)c=(u-1.3*sin(vec2(3.,5.)*i+k*vec2(7.,4.)+t*.3))/(.2+.5*fsnoise(vec2(k,i))),h=dot(c,c)<1.?sqrt(1.-dot(c,c))*.6+dot(c,vec2(-.2,.3)):h;
o=vec4(mix(hsv(k*.31+.2*step(0.,sin(p.y*9.+p.x*k)),.8,d),hsv(k*.31+.4+h*.2,.5,d<.5?1.:.1),step(length(fract(q)-.5),.72*sqrt(max(h,.02)))),1.);
