// Tartan one-liner: twill of two random sett colours per thread, hung in folds that bend the checks and catch the light.
float k=floor(t/2.),h,a,b;vec2 p=(FC.xy*2.-r)/r.y*rotate2D(k*2.)*(.5+fract(k*.37)),q;
h=sin(p.x*(2.+3.*fract(k*.7))+snoise2D(p*.7+k)*2.+t*.4);q=p+h*.15+p.yx*h*.1*sin(k);a=floor(q.x*9.);b=floor(q.y*9.);a=fsnoise(vec2(floor(a*sin(a*a)),k));b=fsnoise(vec2(floor(b*sin(b*b)),k));
o=vec4(mix(hsv(k*.3+a*.5,.5+.5*sin(k+a*9.),.15+fract(a*7.)),hsv(k*.3+b*.5,.8*a,.15+fract(b*7.)),step(.5,fract((q.x+q.y)*(14.+9.*sin(k)))))*(.8+.5*cos(1.6*h+p.y)),1.);
