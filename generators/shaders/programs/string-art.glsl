// String-art one-liner: chords between two turning pins at unlike speeds wrap an envelope curve, shadows on a ringed board.
float k=floor(t/2.),i=0.,m=fsnoise(vec2(k,2.));vec2 p=(FC.xy*2.-r)/r.y*(.6+m),a,b,u;vec3 c=hsv(k*.37,.7*m,.3+.6*fract(k*.43))*(1.+.3*p.y+.15*sign(sin(9.*length(p-sin(k)))));
for(;i<42.;i+=1.)u=i*.1496+t*.1+vec2(0.,1.6),a=sin(u)*1.2,b=sin(u*(2.+mod(k,5.))+k)*(.3+m)-a,u=p-a-b*clamp(dot(p-a,b)/dot(b,b),0.,1.),c=mix(c*(1.-.3*smoothstep(.07,0.,length(u+.03))),hsv(k*.3+i*.02*m,.75,.6+.4*sin(i*.6+k)),smoothstep(.02,.01,length(u)));
o=vec4(c,1.);
