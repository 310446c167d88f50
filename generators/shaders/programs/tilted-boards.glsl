// Perspective one-liner: seven tilted round boards cut through space, each with its own checks or rings, the nearest in view.
float k=floor(t/2.),i=0.,e=9.,z,a;vec3 d=normalize(vec3((FC.xy*2.-r)/r.y,1.4)),n,q,c=hsv(k*.3+d.y*.3,.6,.6+d.y*.6);
for(;i<9.;i+=1.)n=normalize(sin(vec3(3.,7.,5.)*i*i+k*vec3(5.,3.,2.)+t*.1)),z=(.6+i*.3)/abs(dot(n,d)),q=d*z-vec3(sin(vec2(i,k+i)*2.),0.),a=fsnoise(vec2(i,k)),z<e&&length(q.xy)<.4+a?e=z,c=hsv(a+.1*z,.3+.5*fract(a*9.),step(.5,fract(a<.5?length(q)*4.:dot(floor(q*3.),vec3(.5))))*.6+fract(a*5.)*.5)*(.4+abs(n.y+q.x*.4))/(.4+.3*z):c;
o=vec4(c,1.);
