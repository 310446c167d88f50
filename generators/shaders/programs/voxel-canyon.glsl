// A flight over blocky terraces: noise heights rounded to cells, found by growing steps and lit by face.
float s=floor(t/3.),g=.5,k=fsnoise(vec2(s,9)),b=fsnoise(vec2(s)),m=1.5+b*b*7.,h;vec3 p,c,D=normalize(vec3(FC.xy*2.-r,r.y*(.7+b)));D.yz*=rotate2D(-.1-k);D.xz*=rotate2D(s);
for(int i=0;i<50;i++){g+=.03+g*.04;p=D*g+vec3(s*5.,2.+k*3.,t);c=floor(p*m);h=snoise2D(c.xz*.3/m)+snoise2D(c.xz/m)*b;if(c.y/m<h*2.*k)break;}
p=fract(p*m);
o.rgb=mix(hsv(s*.38+h*.2,k,.4+.6*fsnoise(c.xz+c.y))*(p.y>.8?1.:p.x>.9?.3:.6),hsv(s*.17,.4,.7+D.y),min(g*g*.01,1.));
