// Rows of tapering blades bending in the wind, painted far to near with buds between, under a graded sky.
float s=floor(t/3.),k=fsnoise(vec2(s,1)),m=fsnoise(vec2(s,8)),i=0.,n,y,c,h;vec2 u=FC.xy/r.y*rotate2D((k-.5)*.9),q;o.rgb=hsv(s*.38+.4,.6*m,.3+.7*u.y);
for(;i<1.;i+=.045){n=mix(22.,2.+m*4.,i);y=(u.y-m-.3+1.4*i)*n*.4+1.;q.x=u.x*n+sin(i*99.)*9.+sin(t+u.x*3.+i*5.)*.3*y*y*(k-.2);h=fsnoise(vec2(c=floor(q.x),i));q=vec2(q.x-c-.5,y-h*2.-.7);
if(min(abs(q.x)-.4+.4*y/(1.+h*2.),h>.75?length(q)-.4:9.)<0.)o.rgb=hsv(s*.38+h*.15+(h>.75&&q.y>-.4?k+.3:0.),.8-.3*i*m,(.2+.8*i*fract(h*7.))*(.7+q.x)+.15*y);}
